"""What is expected of the answer to one scan."""

from __future__ import annotations

from graders.proctor import Exam, Reply


def expect_scanned(exam: Exam, reply: Reply, *, advice: str = "") -> None:
    """The reply is a 200.

    Where a limit of time made it a 503, that limit is what has to be looked at.
    """
    limit = exam.causes.of_timer(reply.ended, reply.run)
    exam.expect(
        reply.status != 503 or limit is None,
        f"{reply.request} answers 200",
        f"503 after {reply.took:g} s",
        advice=advice,
        site=limit,
    )
    exam.expect_status(reply, 200)


def expect_bad_gateway(exam: Exam, reply: Reply) -> None:
    """The reply is a 502; an error that nobody caught left by the outermost line."""
    failed = [
        call
        for call in exam.calls.of(run=reply.run)
        if call.outcome == "failed" and call.lines
    ]
    exam.expect(
        reply.failure is None or not failed,
        f"{reply.request} answers 502",
        reply.told,
        site=failed[-1].outermost if failed else None,
    )
    exam.expect_status(reply, 502)

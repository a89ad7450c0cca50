"""What is expected of an answer, of its time, and of the questions to the depot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from graders.proctor import CallRecord, Exam, Reply
from graders.suites.no_blocking_sleep.world import EVERY


def calls_of(exam: Exam, reply: Reply) -> list[CallRecord]:
    """The calls that were made within a request."""
    return exam.calls.of(run=reply.run)


def expect_answer(exam: Exam, reply: Reply, status: str) -> None:
    """The reply says `status`, and how long it took, to the millisecond."""
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    waited = body.get("waited") if isinstance(body, dict) else None
    if isinstance(waited, float) and round(waited, 3) == round(reply.took, 3):
        # A difference of two readings of a clock is never quite round.
        body["waited"] = reply.took
    exam.expect(
        body == {"status": status, "waited": reply.took},
        f'{{"status": "{status}", "waited": '
        f"{reply.took:g}}} for an answer after {reply.took:g} s",
        reply.text[:80],
        site=exam.answer(reply.run),
    )


def expect_at_once(exam: Exam, reply: Reply, calls: Sequence[CallRecord]) -> None:
    exam.expect(
        reply.took == 0,
        "an answer at once",
        f"an answer after {reply.took:g} s",
        site=exam.cause_of_delay(reply, calls),
        timeline=calls,
    )


def expect_soon(exam: Exam, reply: Reply, scan: float, what: str) -> None:
    """The reply came with the scan, or at most half a second later."""
    calls = calls_of(exam, reply)
    exam.expect(
        scan <= reply.ended <= scan + EVERY,
        f"{what} at most {EVERY:g} s after the scan at {scan:g} s",
        f"the answer at {reply.ended:g} s",
        site=exam.cause_of_delay(reply, calls)
        if reply.ended > scan
        else exam.answer(reply.run),
        timeline=calls,
    )


def expect_pauses(
    exam: Exam, reply: Reply, calls: Sequence[CallRecord], limit: float
) -> None:
    """Half a second lay between one of a request's calls and the next."""
    for number, (one, other) in enumerate(pairwise(calls), 1):
        if other.began >= reply.began + limit:
            break
        exam.expect(
            other.began - one.began >= EVERY,
            f"{EVERY:g} s between two questions to the depot",
            f"{other.began - one.began:g} s between question {number} and {number + 1}"
            f", of {len(calls)} questions in {reply.took:g} s",
            # A sleep that was too short, if there was one.
            site=exam.causes.of_timer(other.began, reply.run) or other.site,
            timeline=calls,
        )

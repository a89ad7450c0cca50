"""Visitors that nobody knows, and a printer that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from graders.proctor import Exam, Raises, Reply, check
from graders.suites.async_or_def.world import CROWD, known_visitors, numbers

_FAILURES = 120


@check(
    "errors",
    points=2,
    hint="Which exception does the directory raise for a visitor that it does not "
    "know, and which status does the brief ask for then?",
)
async def test_an_unknown_visitor_is_not_found(exam: Exam) -> None:
    """A visitor whom the directory does not know is a 404."""
    (visitor,) = known_visitors(exam, 1)

    # However many they are, the directory knows the next one.
    unknown = [exam.start("GET", f"/visitors/{10_000 + n}") for n in range(CROWD)]
    for exchange in unknown:
        exam.expect_status(await exchange.reply(), 404)
    exam.expect_status(await exam.get(f"/visitors/{visitor['id']}"), 200)


@check(
    "errors",
    points=2,
    hint="Which exception does the SDK raise when it cannot print, and which status "
    "does the brief ask for then?",
)
async def test_a_failing_printer_is_a_bad_gateway(exam: Exam) -> None:
    """A printer that fails is a 502, and the next badge can be printed."""
    jammed, badge = numbers(exam, 2)
    _jam(exam, lambda badge_id: badge_id == jammed)

    exam.expect_status(await exam.post(f"/badges/{jammed}/print"), 502)
    calls = exam.services.print_badge.calls
    exam.expect(
        len(calls) <= 1,
        "print_badge is called once, also when it fails",
        f"{len(calls)} calls",
        advice="Whether to try again is for those to say who wait at the gate.",
        site=calls[-1:],
    )
    exam.expect_status(await exam.post(f"/badges/{badge}/print"), 201)
    # The next badge may be the one that has failed.
    _jam(exam, lambda badge_id: False)
    exam.expect_status(await exam.post(f"/badges/{jammed}/print"), 201)


@check(
    "errors",
    points=1,
    hint="Follow a failing badge through your endpoint. Is everything given back that "
    "was taken for it?",
    guard=True,
)
async def test_a_badge_is_printed_after_many_failures(exam: Exam) -> None:
    """However often the printer has failed, the next badge is printed."""
    badge, *jammed = numbers(exam, _FAILURES + 1)
    _jam(exam, lambda badge_id: badge_id != badge)

    failed: list[Reply] = []
    for first in range(0, _FAILURES, 30):
        together = jammed[first : first + 30]
        failed += await asyncio.gather(
            *[exam.post(f"/badges/{one}/print") for one in together]
        )
    reply = await exam.post(f"/badges/{badge}/print")

    if reply.status != 201 and reply.failure is None:
        # What is missing now was taken for a failing badge, and kept on its way out.
        exam.fail(
            f"{reply.request} answers 201",
            f"{reply.status}, after {len(failed)} badges that failed",
            site=exam.answer(failed[0].run),
        )
    exam.expect_status(reply, 201)


def _jam(exam: Exam, fails: Callable[[int], bool]) -> None:
    """Let the printer fail for these badges alone."""

    def print_badge(badge_id: int) -> str:
        if fails(badge_id):
            raise Raises("PrinterError", "the ribbon is torn")
        return f"JOB-{badge_id}"

    exam.services.print_badge.answers(print_badge)

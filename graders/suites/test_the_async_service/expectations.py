"""What a run of the learner's tests is expected to end in."""

from __future__ import annotations

from collections.abc import Callable

from graders.proctor import Deadlock, Exam, Site, excerpt
from graders.suites.test_the_async_service.causes import idle
from graders.suites.test_the_async_service.failures import (
    ONLY_THIS_FILE,
    advice_on,
    to_blame,
    what_failed,
)

# The check without which no other one makes sense.
RIGHT = "test_the_tests_pass_on_the_service"
_CALL_IT = (
    "Is this line ever false? Print what it looks at: is that what the mock has seen, "
    "or the method that would check it?"
)


async def expect_all_pass(exam: Exam, *, order: int = 0) -> None:
    """No test fails, and there are tests."""
    try:
        run = await exam.run_tests(order=order)
    except Deadlock as exc:
        # None while the file is still being imported.
        test = exc.pending[-1] if exc.pending else None
        exam.fail(
            "every test comes to an end",
            f"{test.task if test else 'its import'} waits for ever",
            advice="Give each wait in a test an end of its own: asyncio.timeout, or "
            "the timeout of an Event. Then pytest can tell what went wrong.",
            site=test.site if test else None,
            no_site="" if test else "no test has run",
        )
        raise
    exam.expect(
        not run.trouble,
        "test_reservations.py can be imported",
        excerpt(run.trouble),
        advice=ONLY_THIS_FILE
        if "No module named 'conftest'" in run.trouble
        else "Run `pytest test_reservations.py` in the kata's folder to see it.",
        site=run.site,
        no_site="" if run.site else "no test has run",
    )
    for outcome in run.outcomes:
        exam.expect(
            outcome.outcome != "failed",
            "every test passes",
            f"{outcome.name} failed: {what_failed(exam, outcome)}",
            advice=advice_on(exam, outcome),
            site=to_blame(exam, outcome),
        )
    exam.expect(
        any(outcome.outcome == "passed" for outcome in run.outcomes),
        "at least one test",
        "none was run",
        advice="pytest runs the functions whose names begin with `test_`.",
        no_site="no test has run",
    )


async def expect_one_fails(
    exam: Exam, nearest: Callable[[Exam], Site | None] = lambda exam: None
) -> None:
    """The copy of the service is broken, and some test notices.

    Args:
        nearest: where a test looks at what is broken, and not closely enough.
    """
    try:
        run = await exam.run_tests()
    except Deadlock:
        # A test that waits for ever on this copy, and passes on the right one, has
        # noticed.
        return
    if run.trouble or any(one.outcome == "failed" for one in run.outcomes):
        return
    in_vain = idle(exam)
    exam.fail(
        "a test that fails on the broken copy",
        # The same for everybody: how many ran may depend on what they read of it.
        "no test of yours failed",
        advice=_CALL_IT if in_vain else "",
        site=in_vain or nearest(exam),
        no_site="no line of yours fails on it",
    )

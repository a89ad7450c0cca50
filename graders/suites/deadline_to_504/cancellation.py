"""A request that is cancelled from outside."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.deadline_to_504.expectations import expect_given_up, the_call
from graders.suites.deadline_to_504.world import SILENT, Railway, path


@check(
    "timeouts",
    points=2,
    hint="A cancelled request sees CancelledError. It is not a timeout: clean up if "
    "you must, and let it go on.",
)
async def test_a_cancelled_request_ends_cancelled(exam: Exam) -> None:
    """A request that is cancelled from outside ends, and sends nothing."""
    railway = Railway(exam)
    with railway.timetable.gate():
        exchange = exam.start("GET", path(railway.here))
        await exam.settle(1)
        call = the_call(exam, railway, exchange.run)
        exchange.cancel()
        await exchange.returns()
        await exam.sleep(SILENT)

    sent = [str(event.message.get("status", "")) for event in exchange.events]
    site = [*exam.code.handlers("BaseException", "CancelledError"), call.site][0]
    exam.expect(
        not sent,
        "a request that is cancelled sends no response",
        f"it sent a {sent[0]}" if sent else "",
        site=site,
    )
    exam.expect(
        exchange.finished is not None and exchange.finished.cancelled,
        "a request that is cancelled ends cancelled",
        "the cancellation was caught on its way",
        site=site,
    )
    expect_given_up(exam, call)

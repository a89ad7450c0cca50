"""What an upload that breaks off leaves behind."""

from __future__ import annotations

from graders.proctor import Exam, Exchange, Site, check
from graders.suites.files_off_the_loop.causes import (
    line_that_names,
    line_that_opens,
    line_that_waits,
)
from graders.suites.files_off_the_loop.expectations import change, expect_receipt
from graders.suites.files_off_the_loop.world import PIECE, Receipts

_CANCELLED = (
    "When a client goes away you clean up, but not here. What is raised where you wait "
    "when the request itself is cancelled, and who catches it?"
)
_SWALLOWED = (
    "What is raised where you wait ended in your own code, which then went on. Is the "
    "receipt whole at that point?"
)


@check(
    "resources",
    points=3,
    hint="The next piece may never come: then an exception is raised where you wait "
    "for it. What has to be closed and removed on its way out?",
)
async def test_an_upload_that_breaks_off_leaves_nothing(exam: Exam) -> None:
    """A `PUT` that breaks off or is cancelled leaves no trace."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    for old in (None, archive.some_bytes(2 * PIECE)):
        if old is not None:
            await archive.store(receipt, old)
        await exam.settle()
        before = archive.look()
        for cancelled in (False, True):
            exchange = await archive.begun(receipt, archive.some_bytes(3 * PIECE))
            if cancelled:
                exchange.cancel()
            else:
                exchange.disconnect()
            await exchange.returns()
            await exam.settle()
            when = "after a cancelled PUT" if cancelled else "after an aborted PUT"
            expected, saw = change(before, archive.look())
            if expected:
                if expected == "no new file":
                    advice, site = await _why_left(exam, archive, exchange)
                else:
                    advice, site = "", await line_that_names(exam, archive)
                exam.fail(f"{expected} {when}", saw, advice=advice, site=site)
            await expect_receipt(exam, archive, receipt, old, when, arriving=True)
    await exam.finish()
    open_still = [item for item in exam.evidence if item.kind == "file left open"]
    if open_still:
        exam.fail(
            "every file is closed when a PUT breaks off",
            "one was left for the garbage collector to close",
            site=open_still[0].site or await line_that_opens(exam, archive),
        )


async def _why_left(
    exam: Exam, archive: Receipts, exchange: Exchange
) -> tuple[str, Site | None]:
    """What to try where a broken `PUT` has left its file, and at which line."""
    waiting = await line_that_waits(exam, archive)
    if exchange.finished is not None and exchange.finished.cancelled:
        advice = _CANCELLED
        caught = exam.code.handlers("Exception", raising=True)
    elif exchange.failure is None:
        advice = _SWALLOWED
        caught = exam.code.handlers("ClientDisconnect", "Exception", "BaseException")
    else:
        return "", waiting
    return advice, [*exam.code.beside(waiting, caught), waiting][0]

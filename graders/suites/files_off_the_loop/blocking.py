"""No file is touched on the event loop."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.files_off_the_loop.expectations import expect_receipt
from graders.suites.files_off_the_loop.world import Receipts, text

_OFF = (
    "A thread may wait for the disk, the event loop may not. What can this line await "
    "instead?"
)


async def _expect_off_the_loop(exam: Exam, what: str) -> None:
    """No line of the learner's has touched a file on the event loop's thread."""
    await exam.settle()
    touched = [
        item for item in exam.evidence if item.kind == "file" and item.site is not None
    ]
    if touched:
        exam.fail(
            f"{what} touches no file on the event loop",
            f"{touched[0].detail} did",
            site=touched[0].site,
        )


@check("blocking", points=3, hint=_OFF, guard=True)
async def test_storing_touches_no_file_on_the_loop(exam: Exam) -> None:
    """Storing a receipt, or a part of one, touches no file on the event loop."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    for size in (300, 200_000):
        await archive.finish(archive.begin(receipt), archive.some_bytes(size))
        await _expect_off_the_loop(exam, "a PUT")
    exchange = await archive.begun(receipt, archive.some_bytes(200_000))
    exchange.disconnect()
    await exchange.returns()
    await _expect_off_the_loop(exam, "a PUT that breaks off")
    await exam.put("/receipts/a.b", body=b"x")
    await _expect_off_the_loop(exam, "a PUT with a wrong id")


@check("blocking", points=2, hint=_OFF)
async def test_sending_touches_no_file_on_the_loop(exam: Exam) -> None:
    """Sending a receipt touches no file on the event loop."""
    archive = Receipts(exam)
    receipt, body = archive.new_id(), archive.some_bytes(200_000)
    await archive.store(receipt, body)
    await exam.settle()
    exam.evidence.clear()
    await expect_receipt(exam, archive, receipt, body, "after its PUT")
    await _expect_off_the_loop(exam, "a GET")
    await archive.read(archive.new_id())
    await _expect_off_the_loop(exam, "a GET of what is not there")


@check("blocking", points=2, hint=_OFF)
async def test_reading_lines_touches_no_file_on_the_loop(exam: Exam) -> None:
    """Reading lines touches no file on the event loop."""
    archive = Receipts(exam)
    lines = archive.lines(2_000)
    receipt = archive.new_id()
    await archive.store(receipt, text(lines))
    await exam.settle()
    exam.evidence.clear()
    reply = await exam.get(f"/receipts/{receipt}/lines?start=1200&count=400")
    exam.expect_status(reply, 200)
    await _expect_off_the_loop(exam, "a GET of lines")
    await exam.get(f"/receipts/{archive.new_id()}/lines")
    await _expect_off_the_loop(exam, "a GET of lines that are not there")

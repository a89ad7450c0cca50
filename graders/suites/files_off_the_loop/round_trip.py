"""A receipt that has been stored comes back."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.files_off_the_loop.expectations import expect_receipt
from graders.suites.files_off_the_loop.world import Receipts, send, text


@check(
    "awaits",
    points=2,
    hint="Which of your calls answer at once, and which give you something to await? "
    "`async with` awaits the opening of a file, and nothing after it.",
)
async def test_a_receipt_comes_back_as_it_was_sent(exam: Exam) -> None:
    """A receipt comes back as it was sent, as soon as its `PUT` is answered."""
    archive = Receipts(exam)
    body = text(archive.lines(exam.random.randint(15, 30)))
    receipt = archive.new_id()

    stored = await archive.store(receipt, body)
    exam.expect_json(stored, {"id": receipt, "bytes": len(body)})
    await expect_receipt(exam, archive, receipt, body, "after its PUT")

    larger = text(archive.lines(4_000))
    exchange = archive.begin(receipt)
    exchange.hold_sends = True
    send(exchange, larger, size=exam.random.randint(900, 1_100))
    await exchange.started()
    await exam.settle()
    # What an application does behind the first byte of its answer comes too late.
    await expect_receipt(exam, archive, receipt, larger, "when its PUT is answered")
    exchange.read_on()
    stored = await exchange.reply()
    exam.expect_status(stored, 201)
    exam.expect_json(stored, {"id": receipt, "bytes": len(larger)})

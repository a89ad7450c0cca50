"""How much of a receipt is held in memory while it arrives, and while it is sent."""

from __future__ import annotations

from graders.proctor import Exam, Reply, Site, check
from graders.suites.files_off_the_loop.causes import line_that_waits
from graders.suites.files_off_the_loop.expectations import expect_body, place_of
from graders.suites.files_off_the_loop.world import HELD, Receipts, send


@check(
    "resources",
    points=2,
    hint="Where are the pieces of a receipt between the moment at which they arrive "
    "and the end of the request?",
)
async def test_a_receipt_that_arrives_is_on_the_disk(exam: Exam) -> None:
    """While a receipt arrives, all but its last 256 KiB is in a file in the archive."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    exchange = archive.begin(receipt)
    for part in range(1, 4):
        send(exchange, archive.some_bytes(HELD), more=True)
        await exam.settle()
        held = archive.held()
        if held < (part - 1) * HELD:
            exam.fail(
                f"{256 * (part - 1)} KiB on the disk when {256 * part} KiB have come",
                f"{held} bytes",
                site=await line_that_waits(exam, archive),
            )
    await archive.finish(exchange)


@check(
    "resources",
    points=2,
    hint="Which line of yours reads the receipt, and how much of it, before the first "
    "byte is sent?",
)
async def test_a_receipt_is_read_as_it_is_sent(exam: Exam) -> None:
    """While a receipt is sent, no more than 256 KiB is read ahead of the client."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    # The client reads on no more before the first byte, or after the first piece; the
    # second time there are no lines.
    for begun in (False, True):
        body = archive.some_bytes(4 * HELD)
        if begun:
            body = body.replace(b"\n", b".")
        await archive.store(receipt, body)
        await exam.settle()
        place = place_of(exam, archive, body)
        exchange = exam.start("GET", f"/receipts/{receipt}")
        exchange.hold_sends = True
        await exchange.started()
        if begun:
            exchange.read_on()
            exchange.hold_sends = True
            await exchange.chunk()
        await exam.settle()
        # What has not been read yet looks otherwise from now on.
        known = sum(len(chunk.data) for chunk in exchange.chunks) + HELD
        tail = archive.some_bytes(max(0, len(body) - known))
        with place.open("r+b") as file:
            file.seek(known)
            file.write(tail)
        exchange.read_on()
        reply = await exchange.reply()
        exam.expect_status(reply, 200)
        exam.expect(
            not reply.body.startswith(body[: known + 16]),
            "at most 256 KiB are read while the client does not read on",
            "more had been read already",
            site=_line_that_reads(exam, reply),
        )
        expect_body(exam, reply, body[:known] + tail, "the receipt as it is read")


def _line_that_reads(exam: Exam, reply: Reply) -> Site | None:
    """Where the endpoint of a `GET` reads its file, as far as it does so itself."""
    answer = exam.answer(reply.run)
    reads = exam.code.calls("read", "read_bytes")
    return [*exam.code.beside(answer, reads), answer][0]

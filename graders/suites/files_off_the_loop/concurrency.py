"""Clients that send, or read, at the same time."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.files_off_the_loop.expectations import expect_body, expect_receipt
from graders.suites.files_off_the_loop.world import HELD, PIECE, Receipts, send

# Clients that are slow at the same time: more than threads serve them.
_SLOW = 50


@check(
    "concurrency",
    points=2,
    hint="Two clients send the same receipt. What do the two requests share in your "
    "code, or on the disk?",
)
async def test_two_uploads_of_one_receipt_do_not_mix(exam: Exam) -> None:
    """Two clients that send the same receipt at once replace it one after the other."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    bodies = [archive.some_bytes(3 * PIECE), archive.some_bytes(4 * PIECE)]
    if exam.random.random() < 0.5:
        bodies.reverse()
    uploads = [(archive.begin(receipt), body) for body in bodies]
    for begin in range(0, 4 * PIECE, PIECE):
        for exchange, body in uploads:
            send(exchange, body[begin : begin + PIECE], more=True)
            await exam.settle()
    # The second to begin is the first to end.
    for exchange, body in reversed(uploads):
        stored = await archive.finish(exchange)
        await expect_receipt(exam, archive, receipt, body, "after its PUT")
        exam.expect_json(stored, {"id": receipt, "bytes": len(body)})


@check(
    "concurrency",
    points=1,
    hint="Two receipts are being sent at the same time. Which names of yours do both "
    "requests know?",
)
async def test_who_reads_at_once_gets_his_own(exam: Exam) -> None:
    """Clients that read at once, each at its own pace, get their own receipts."""
    archive = Receipts(exam)
    bodies = {
        archive.new_id(): archive.some_bytes(size * HELD)
        for size in exam.random.sample((2, 3, 4), 3)
    }
    for receipt, body in bodies.items():
        await archive.store(receipt, body)
    await exam.settle()
    exchanges = []
    for receipt in bodies:
        exchange = exam.start("GET", f"/receipts/{receipt}")
        await exchange.chunk()
        exchange.hold_sends = True
        exchanges.append(exchange)
    await exam.settle()
    for exchange in exchanges:
        exchange.read_on()
    for exchange, body in zip(exchanges, bodies.values(), strict=True):
        reply = await exchange.reply()
        exam.expect_status(reply, 200)
        expect_body(exam, reply, body, "the receipt that was asked for")


@check(
    "concurrency",
    points=1,
    hint="What does a request of yours hold while it waits for its client?",
)
async def test_a_slow_client_keeps_no_other_waiting(exam: Exam) -> None:
    """While clients are slow to send, others send and read."""
    archive = Receipts(exam)
    other = archive.new_id()
    slow = [
        await archive.begun(archive.new_id(), archive.some_bytes(100))
        for _ in range(_SLOW)
    ]
    bodies = [archive.some_bytes(500) for _ in range(50)]
    replies = await asyncio.gather(
        *(
            exam.put(f"/receipts/{other}-{number}", body=body)
            for number, body in enumerate(bodies)
        )
    )
    for reply in replies:
        exam.expect_status(reply, 201)
    number = exam.random.randrange(50)
    name = f"{other}-{number}"
    await expect_receipt(exam, archive, name, bodies[number], "after its PUT")
    for exchange in slow:
        await archive.finish(exchange)

"""Clients that send at the same time."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.files_off_the_loop.expectations import expect_receipt
from graders.suites.files_off_the_loop.world import PIECE, Receipts, send


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
    hint="What does a request of yours hold while it waits for its client?",
)
async def test_a_slow_client_keeps_no_other_waiting(exam: Exam) -> None:
    """While one client is slow to send, others send and read."""
    archive = Receipts(exam)
    slow, other = archive.new_id(), archive.new_id()
    exchange = await archive.begun(slow, archive.some_bytes(100))
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
    await archive.finish(exchange)

"""Many couriers who wait at the same time."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.no_blocking_sleep.expectations import expect_answer, expect_soon
from graders.suites.no_blocking_sleep.world import let_scan, new_parcels, to_wait


@check(
    "concurrency",
    points=3,
    hint="While one courier waits, what keeps the others from being served?",
)
async def test_thirty_couriers_are_answered_together(exam: Exam) -> None:
    """Thirty couriers wait at the same time, and none of them for another."""
    *others, parcel = new_parcels(exam, 30)
    scan, limit = exam.random.choice((1.25, 1.75, 2.25)), 4.0
    let_scan(exam, {**dict.fromkeys(others, limit + 20), parcel: scan})

    waiting = [exam.start("GET", to_wait(other, limit)) for other in others]
    thirtieth = exam.start("GET", to_wait(parcel, limit))
    await exam.sleep(0.375)
    health = await exam.get("/health")
    reply = await thirtieth.reply()
    replies = await asyncio.gather(*[exchange.reply() for exchange in waiting])

    exam.expect_status(reply, 200)
    expect_soon(exam, reply, scan, "the thirtieth courier is answered")
    expect_answer(exam, reply, "scanned")
    for other in replies:
        exam.expect_status(other, 200)
    first, *_, last = sorted(replies, key=lambda reply: reply.ended)
    exam.expect(
        first.ended == last.ended,
        "couriers who wait equally long are answered together",
        f"the first at {first.ended:g} s, the last at {last.ended:g} s",
        site=exam.cause_of_delay(last, exam.services.scan_status.calls),
    )
    exam.expect_status(health, 200)
    exam.expect_took(health, 0.0, calls=[])

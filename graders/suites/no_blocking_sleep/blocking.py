"""Who is served while a courier waits."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.no_blocking_sleep.world import let_scan, new_parcels, to_wait


@check(
    "blocking",
    points=3,
    hint="Who runs while your code sleeps: somebody else, or nobody? The two libraries "
    "`time` and `asyncio` both have a sleep.",
)
async def test_health_answers_while_a_courier_waits(exam: Exam) -> None:
    """`/health` answers at once while a courier waits."""
    (parcel,) = new_parcels(exam, 1)
    let_scan(exam, {parcel: 1.75})
    waiting = exam.start("GET", to_wait(parcel, 4))

    for _ in range(3):
        await exam.sleep(0.375)
        health = await exam.get("/health")
        exam.expect_status(health, 200)
        exam.expect_json(health, {"status": "ok"})
        exam.expect(
            health.took == 0,
            "an answer at once",
            f"an answer after {health.took:g} s",
            site=exam.blocker or exam.endpoint(waiting.run),
        )

    exam.expect(
        waiting.ended is None,
        "a courier who waits, as the parcel is not scanned yet",
        "an answer before the scan",
        site=exam.answer(waiting.run),
    )
    exam.expect_status(await waiting.reply(), 200)

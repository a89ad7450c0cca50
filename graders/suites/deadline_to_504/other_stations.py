"""What a silent timetable costs those who ask for another station."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.deadline_to_504.world import SILENT, Railway, path

# All but one of Starlette's threads, and fewer than httpx's connections (100).
_TRAVELLERS = 39


@check(
    "blocking",
    points=1,
    hint="While one request waits, the event loop must be free to serve others.",
)
async def test_a_silent_station_does_not_hold_up_the_others(exam: Exam) -> None:
    """While one station waits for the timetable, the others get their boards."""
    railway = Railway(exam)
    slow = path(railway.here)
    railway.timetable.takes(lambda request: SILENT if request.url.path == slow else 0.5)

    exchange = exam.start("GET", slow)
    reply = await exam.get(path(railway.there))
    await exchange.reply()

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 0.5)


@check(
    "concurrency",
    points=1,
    hint="What do all requests share: a client, a lock, threads? How many of them may "
    "use it at once, and what do the others do?",
)
async def test_many_silent_requests_do_not_hold_up_the_next(exam: Exam) -> None:
    """While 39 requests wait for a silent timetable, the next gets its board."""
    railway = Railway(exam)
    slow = path(railway.here)
    railway.timetable.takes(lambda request: SILENT if request.url.path == slow else 0.5)

    exchanges = [exam.start("GET", slow) for _ in range(_TRAVELLERS)]
    await exam.settle(1)
    reply = await exam.get(path(railway.there))
    waited = await asyncio.gather(*(exchange.reply() for exchange in exchanges))

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 0.5)
    for late in waited:
        exam.expect_status(late, 504)

"""A crowd of requests is given up: who asks afterwards does not notice."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from graders.proctor import (
    Ask,
    Exam,
    Launcher,
    Observation,
    every_schedule,
    seconds,
)
from graders.tests.schedules.shop import grading, shop

Plan = tuple[tuple[float, str, float], ...]

GIVEN = """
    async def price_of(item: str) -> int: ...
"""
SOLUTION = """
    import asyncio
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()
    turns = asyncio.Semaphore(20)

    @app.get("/prices/{item}")
    async def price(item: str):
        async with turns:
            return await price_of(item)
"""
KEEPS_ITS_TURN = """
    import asyncio
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()
    turns = asyncio.Semaphore(20)

    @app.get("/prices/{item}")
    async def price(item: str):
        await turns.acquire()
        try:
            price = await price_of(item)
        except Exception:
            turns.release()
            raise
        turns.release()
        return price
"""
IN_THREADS = """
    from anyio import from_thread
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()

    @app.get("/prices/{item}")
    def price(item: str):
        return from_thread.run(price_of, item)
"""
COUNTS = """
    import asyncio
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()
    begun = 0

    @app.get("/prices/{item}")
    async def price(item: str):
        global begun
        begun += 1
        return await price_of(item) + 1_000 * (begun > 40)
"""


def _items(draw: Random) -> Plan:
    number = draw.randrange(10**6)
    return tuple(
        (seconds(draw, 2), f"lamp-{number + one}", seconds(draw, 3, 1))
        for one in range(3)
    )


async def _prices(exam: Exam, plan: Plan) -> Observation:
    lasts = {item: takes for _, item, takes in plan}
    exam.services.price_of.takes(lambda item: lasts[item])
    exam.services.price_of.answers(7)
    return await exam.carry_out(
        [Ask("GET", f"/prices/{item}", at) for at, item, _ in plan]
    )


@every_schedule("resources", points=1, hint="Who waits?", plans=_items)
async def crowded(exam: Exam, plan: Plan) -> Observation:
    """Every price is told"""
    return await _prices(exam, plan)


@every_schedule("resources", points=1, hint="Who?", plans=_items, crowds=False)
async def not_crowded(exam: Exam, plan: Plan) -> Observation:
    """Every price is told"""
    return await _prices(exam, plan)


@pytest.mark.parametrize("source", [SOLUTION, IN_THREADS])
def test_who_gives_everything_back_is_well(
    source: str, hosts: Launcher, tmp_path: Path
) -> None:
    kata = shop(tmp_path, GIVEN, SOLUTION, "price_of")
    own, *_ = grading(kata, source, crowded, hosts).verdict().results
    assert own.outcome == "passed", own


def test_a_turn_that_is_lost_with_each_is_told(hosts: Launcher, tmp_path: Path) -> None:
    kata = shop(tmp_path, GIVEN, SOLUTION, "price_of")
    own, *_ = grading(kata, KEEPS_ITS_TURN, crowded, hosts).verdict().results
    assert own.outcome == "failed"
    assert own.findings[0].line == "await turns.acquire()"


def test_only_where_the_suite_wants_one(hosts: Launcher, tmp_path: Path) -> None:
    kata = shop(tmp_path, GIVEN, SOLUTION, "price_of")
    own, *_ = grading(kata, KEEPS_ITS_TURN, not_crowded, hosts).verdict().results
    assert own.outcome == "passed", own


def test_what_is_stored_meanwhile_is_not_compared(
    hosts: Launcher, tmp_path: Path
) -> None:
    """Twelve plans of three requests, then the crowd: only afterwards it differs."""
    kata = shop(tmp_path, GIVEN, SOLUTION, "price_of")
    own, *_ = grading(kata, COUNTS, crowded, hosts).verdict().results
    assert own.outcome == "passed", own

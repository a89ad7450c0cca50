"""Requests are given up: who asks beside them, or afterwards, does not notice."""

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
from graders.proctor.checks.check import Check
from graders.proctor.schedules.others import part_of
from graders.proctor.verdict.verdict import Result
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
        return await price_of(item) + 1_000 * (begun > 60)
"""

JOINS_A_QUESTION = """
    import asyncio
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()
    asked = {}

    @app.get("/prices/{item}")
    async def price(item: str):
        if item not in asked:
            asked[item] = asyncio.create_task(price_of(item))
            asked[item].add_done_callback(lambda _: asked.pop(item))
        return await asked[item]
"""
JOINS_IT_SHIELDED = JOINS_A_QUESTION.replace(
    "await asked[item]", "await asyncio.shield(asked[item])"
)
BLOCKS_WHEN_GIVEN_UP = """
    import asyncio
    import time
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()

    @app.get("/health")
    def health():
        return "ok"

    @app.get("/prices/{item}")
    async def price(item: str):
        try:
            return await price_of(item)
        except asyncio.CancelledError:
            time.sleep(1)
            raise
"""

FAILS_FOR_WHO_IS_GONE = """
    import asyncio
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()

    @app.get("/prices/{item}")
    async def price(item: str):
        gone = []

        async def ask():
            price = await price_of(item)
            if gone:
                raise LookupError(item)
            return price

        task = asyncio.create_task(ask())
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            gone.append(item)
            raise
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


@every_schedule("errors", points=1, hint="Who?", plans=_items, company=False)
async def alone(exam: Exam, plan: Plan) -> Observation:
    """Every price is told"""
    return await _prices(exam, plan)


def _graded(source: str, check: Check, hosts: Launcher, folder: Path) -> list[Result]:
    """The results of the check, and of those that every kata has."""
    kata = shop(folder, GIVEN, SOLUTION, "price_of")
    return grading(kata, source, check, hosts).verdict().results


@pytest.mark.parametrize("source", [SOLUTION, IN_THREADS, JOINS_IT_SHIELDED])
def test_who_gives_everything_back_is_well(
    source: str, hosts: Launcher, tmp_path: Path
) -> None:
    own, *_ = _graded(source, crowded, hosts, tmp_path)
    assert own.outcome == "passed", own


def test_a_turn_that_is_lost_with_each_is_told(hosts: Launcher, tmp_path: Path) -> None:
    own, *_ = _graded(KEEPS_ITS_TURN, crowded, hosts, tmp_path)
    assert own.outcome == "failed"
    assert own.findings[0].line == "await turns.acquire()"


def test_only_where_the_suite_wants_one(hosts: Launcher, tmp_path: Path) -> None:
    own, *_ = _graded(KEEPS_ITS_TURN, not_crowded, hosts, tmp_path)
    assert own.outcome == "passed", own


def test_what_is_stored_meanwhile_is_not_compared(
    hosts: Launcher, tmp_path: Path
) -> None:
    """Only after the crowd it differs: 36 requests, 18 beside others, and then 24."""
    own, *_ = _graded(COUNTS, crowded, hosts, tmp_path)
    assert own.outcome == "passed", own


def test_who_asks_beside_one_that_is_given_up_is_answered(
    hosts: Launcher, tmp_path: Path
) -> None:
    own, *_ = _graded(JOINS_A_QUESTION, crowded, hosts, tmp_path)
    assert own.outcome == "failed"
    assert "answers 200" in own.findings[0].expected


def test_nobody_asks_beside_where_the_suite_does_not_want_it(
    hosts: Launcher, tmp_path: Path
) -> None:
    own, *_ = _graded(JOINS_A_QUESTION, alone, hosts, tmp_path)
    assert own.outcome == "passed", own


def test_a_plain_endpoint_keeps_nobody_else_from_being_given_up(
    hosts: Launcher, tmp_path: Path
) -> None:
    results = _graded(BLOCKS_WHEN_GIVEN_UP, crowded, hosts, tmp_path)
    lost = {one.name: one for one in results if one.outcome == "failed"}
    assert lost["nothing_stops_the_event_loop"].findings[0].line == "time.sleep(1)"


def test_what_fails_for_who_has_been_given_up_is_no_loss(
    hosts: Launcher, tmp_path: Path
) -> None:
    results = _graded(FAILS_FOR_WHO_IS_GONE, crowded, hosts, tmp_path)
    assert [one.name for one in results if one.outcome != "passed"] == []


@pytest.mark.parametrize("took", [1 / 64, 0.5, 58.84375])
def test_nobody_is_given_up_at_a_moment_that_makes_sums_inexact(took: float) -> None:
    draw = Random(1)
    for _ in range(500):
        moment = part_of(draw, took)
        assert 0 < moment < took
        nanoseconds = moment * 1e9
        assert nanoseconds == int(nanoseconds)
        # Whatever has gone before: differences of times are what they were made of.
        assert (507.203125 + moment + took) - (507.203125 + moment) == took

"""The service is stopped in the middle of a plan: what its requests leave is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from graders.proctor import (
    FREEDOMS,
    GRADER_ERROR,
    Ask,
    Check,
    Exam,
    Launcher,
    Observation,
    Result,
    Verdict,
    every_schedule,
    seconds,
)
from graders.tests.schedules.shop import grading, shop

GIVEN = """
    async def price_of(item: str) -> int: ...
"""
SOLUTION = """
    import asyncio
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()

    @app.get("/prices/{item}")
    async def price(item: str):
        return await price_of(item)
"""
LEAVES_A_TASK = """
    import asyncio
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()

    @app.get("/prices/{item}")
    async def price(item: str):
        asking = asyncio.create_task(price_of(item))
        return await asyncio.shield(asking)
"""
IN_A_THREAD = """
    from anyio import from_thread
    from fastapi import FastAPI
    from given import price_of

    app = FastAPI()

    @app.get("/prices/{item}")
    def price(item: str):
        return from_thread.run(price_of, item)
"""
WAITS_AT_THE_END = """
    import asyncio
    from contextlib import asynccontextmanager
    from fastapi import FastAPI
    from given import price_of

    asking = set()

    @asynccontextmanager
    async def lifespan(app: FastAPI):
        yield
        await asyncio.gather(*asking)

    app = FastAPI(lifespan=lifespan)

    @app.get("/prices/{item}")
    async def price(item: str):
        task = asyncio.create_task(price_of(item))
        asking.add(task)
        return await asyncio.shield(task)
"""


def items(draw: Random) -> tuple[tuple[float, str, float], ...]:
    return tuple(
        (seconds(draw, 2), f"lamp-{number}", seconds(draw, 3, 1)) for number in range(3)
    )


async def _prices(
    exam: Exam, plan: tuple[tuple[float, str, float], ...]
) -> Observation:
    lasts = {item: takes for _, item, takes in plan}
    exam.services.price_of.takes(lambda item: lasts[item])
    exam.services.price_of.answers(7)
    return await exam.carry_out(
        [Ask("GET", f"/prices/{item}", at) for at, item, _ in plan]
    )


@every_schedule("resources", points=1, hint="Who waits?", plans=items, stops=True)
async def stopped(
    exam: Exam, plan: tuple[tuple[float, str, float], ...]
) -> Observation:
    """Every price is told"""
    return await _prices(exam, plan)


@every_schedule("resources", points=1, hint="Who waits?", plans=items)
async def not_stopped(
    exam: Exam, plan: tuple[tuple[float, str, float], ...]
) -> Observation:
    """Every price is told"""
    return await _prices(exam, plan)


@every_schedule(
    "resources", points=1, hint="Who waits?", plans=items, free=FREEDOMS, stops=True
)
async def nothing_to_stop(
    exam: Exam, plan: tuple[tuple[float, str, float], ...]
) -> Observation:
    """Nobody asks"""
    return Observation((), (), ())


Grade = Callable[[str, Check], Verdict]


@pytest.fixture
def grade(hosts: Launcher, tmp_path: Path) -> Grade:
    kata = shop(tmp_path, GIVEN, SOLUTION, "price_of")

    def grade(source: str, check: Check) -> Verdict:
        return grading(kata, source, check, hosts).verdict()

    return grade


def _left(verdict: Verdict) -> Result:
    """What the common check of what is left behind says."""
    own, *common = verdict.results
    assert own.outcome == "passed", own
    [left] = [one for one in common if one.name == "nothing_is_left_behind"]
    return left


def test_a_task_that_outlives_its_request_and_the_service_is_told(
    grade: Grade,
) -> None:
    left = _left(grade(LEAVES_A_TASK, stopped))

    assert left.outcome == "failed"
    assert left.findings[0].line == "asking = asyncio.create_task(price_of(item))"


@pytest.mark.parametrize("source", [SOLUTION, WAITS_AT_THE_END])
def test_what_ends_with_its_request_or_before_the_service_is_well(
    grade: Grade, source: str
) -> None:
    assert _left(grade(source, stopped)).outcome == "passed"


def test_nobody_is_blamed_for_a_thread_that_cannot_be_ended(grade: Grade) -> None:
    assert _left(grade(IN_A_THREAD, stopped)).outcome == "passed"


def test_only_where_the_suite_says_so(grade: Grade) -> None:
    assert _left(grade(LEAVES_A_TASK, not_stopped)).outcome == "passed"


def test_a_property_without_requests_cannot_be_broken_off(grade: Grade) -> None:
    assert grade(SOLUTION, nothing_to_stop).status == GRADER_ERROR

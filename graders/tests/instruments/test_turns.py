"""Who gives back a turn that he never had is seen, and nobody else."""

from __future__ import annotations

from textwrap import dedent

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine

BEGINNING = dedent(
    """
    import asyncio
    import anyio
    from fastapi import FastAPI

    app = FastAPI()
    """
)
# Somebody holds the only place for 5 s; who waits for it gives up after 1 s. What makes
# a place, how it is taken, how it is given back.
PLACES = {
    "Semaphore": ("asyncio.Semaphore(1)", "acquire()", "release()"),
    "Lock": ("asyncio.Lock()", "acquire()", "release()"),
    "Queue": ("asyncio.Queue()", "get()", "put_nowait(1)"),
    "anyio's Semaphore": ("anyio.Semaphore(1)", "acquire()", "release()"),
}
WRONG = """
    places = {made}

    async def use(seconds):
        try:
            await asyncio.wait_for(places.{take}, 1)
            await asyncio.sleep(seconds)
        finally:
            places.{give}  # <-

    @app.get("/{{seconds}}")
    async def index(seconds: int):
        await use(seconds)
"""
RIGHT = """
    places = {made}

    async def use(seconds):
        await asyncio.wait_for(places.{take}, 1)
        try:
            await asyncio.sleep(seconds)
        finally:
            places.{give}

    @app.get("/{{seconds}}")
    async def index(seconds: int):
        await use(seconds)
"""
# One task takes, another one gives back.
HANDED_ON = """
    places = {made}

    @app.get("/{{seconds}}")
    async def index(seconds: int):
        await asyncio.wait_for(places.{take}, 1)

        async def later():
            await asyncio.sleep(seconds)
            places.{give}

        app.state.task = asyncio.create_task(later())
"""


def _seen(examine: Examine, text: str, place: str) -> tuple[list[tuple[str, int]], int]:
    made, take, give = PLACES[place]
    source = BEGINNING + dedent(text.format(made=made, take=take, give=give))
    if place == "Queue":
        source += "\nplaces.put_nowait(1)\n"

    async def body(exam: Exam) -> None:
        first = exam.start("GET", "/5")
        await exam.sleep(1)
        await exam.get("/0")
        await first.returns()
        await exam.sleep(5)
        assert (await exam.get("/0")).status == 200

    marked = [n for n, line in enumerate(source.splitlines(), 1) if "# <-" in line]
    seen = [
        (item.detail, item.site.line)
        for item in examine(source, body)
        if item.kind == "released and never taken" and item.site is not None
    ]
    return seen, [*marked, 0][0]


@pytest.mark.parametrize("place", PLACES)
def test_a_release_after_a_wait_that_was_given_up_is_seen(
    examine: Examine, place: str
) -> None:
    seen, line = _seen(examine, WRONG, place)
    assert seen == [(place.rpartition(" ")[2], line)]


@pytest.mark.parametrize("text", [RIGHT, HANDED_ON], ids=["right", "handed on"])
@pytest.mark.parametrize("place", PLACES)
def test_a_release_of_what_was_taken_is_not(
    examine: Examine, place: str, text: str
) -> None:
    seen, _ = _seen(examine, text, place)
    assert seen == []

"""Timers of one instant keep the order in which they were set."""

from __future__ import annotations

from graders.proctor import Exam
from graders.tests.exams import Examine

MANY = """
    import asyncio

    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    async def order() -> list[int]:
        done = []

        async def finish(number):
            await asyncio.sleep(1)
            done.append(number)

        await asyncio.gather(*(finish(number) for number in range(100)))
        return done
"""


def test_timers_of_one_instant_are_due_in_the_order_in_which_they_were_set(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).json() == list(range(100))

    examine(MANY, body)

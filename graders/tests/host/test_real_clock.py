"""The same exam in real time gives the same answers."""

from __future__ import annotations

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine, kinds

GIVEN = """
    async def look_up(key: int) -> int | None: ...
    def print_label(key: int) -> int | None: ...
"""
APP = """
    import asyncio
    import time
    from fastapi import FastAPI
    from given import look_up, print_label

    app = FastAPI()

    @app.get("/together")
    async def together():
        await asyncio.gather(look_up(1), look_up(2), asyncio.to_thread(print_label, 3))

    @app.get("/late")
    async def late():
        try:
            async with asyncio.timeout(0.02):
                await look_up(1)
        except TimeoutError:
            return "late"

    @app.get("/blocking")
    async def blocking():
        time.sleep(0.03)
"""


@pytest.mark.parametrize("real_clock", [False, True])
def test_real_and_virtual_time_agree(examine: Examine, real_clock: bool) -> None:
    async def body(exam: Exam) -> None:
        exam.services.look_up.takes(0.05)
        exam.services.print_label.takes(0.04)
        took = [
            (await exam.get(path)).took for path in ("/together", "/late", "/blocking")
        ]
        assert took == [0.05, 0.02, 0.03]

    evidence = examine(
        APP,
        body,
        given=GIVEN,
        services={"look_up": "async", "print_label": "blocking"},
        real_clock=real_clock,
    )
    assert kinds(evidence) == ["blocked"]

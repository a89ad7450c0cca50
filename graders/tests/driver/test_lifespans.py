"""Start and stop of an application."""

from __future__ import annotations

import pytest

from graders.proctor import Exam, LifespanFailed
from graders.tests.exams import Examine

APP = """
    import asyncio, contextlib
    from fastapi import FastAPI, Request

    @contextlib.asynccontextmanager
    async def lifespan(app):
        await asyncio.sleep(1)
        if FAILS == "startup":
            raise ValueError("no")
        yield {"number": 7}
        await asyncio.sleep(2)
        if FAILS == "shutdown":
            raise ValueError("no")

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def index(request: Request):
        return request.state.number
"""


def test_start_and_stop_take_their_time(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        await exam.lifespan.start()
        assert (exam.now, exam.lifespan.running) == (1.0, True)
        assert (await exam.get("/")).json() == 7
        await exam.lifespan.stop()
        assert (exam.now, exam.lifespan.running) == (3.0, False)
        await exam.lifespan.stop()
        assert exam.now == 3.0

    assert examine(f"    FAILS = 0\n{APP}", body, lifespan=False) == []


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_a_phase_that_raises_is_told(examine: Examine, phase: str) -> None:
    async def body(exam: Exam) -> None:
        if phase == "shutdown":
            await exam.lifespan.start()
        act = exam.lifespan.start if phase == "startup" else exam.lifespan.stop
        with pytest.raises(LifespanFailed) as caught:
            await act()
        assert caught.value.phase == phase
        assert caught.value.failure is not None
        assert caught.value.failure.error == "ValueError"
        assert caught.value.failure.site is not None

    source = f"    FAILS = {phase!r}\n{APP}"
    assert examine(source, body, lifespan=False) == []


@pytest.mark.parametrize("how", ["return", "raise AssertionError"])
def test_an_application_that_knows_no_lifespan_is_served(
    examine: Examine, how: str
) -> None:
    source = f"""
        async def app(scope, receive, send):
            if scope["type"] != "http":
                {how}
            await send({{"type": "http.response.start", "status": 204, "headers": []}})
            await send({{"type": "http.response.body"}})
    """

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 204

    assert examine(source, body) == []

"""Who goes on when the application's own call is over is kept waiting by nobody."""

from __future__ import annotations

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine

APP = """
    import asyncio

    late, sends = [], []

    async def app(scope, receive, send):
        async def answer():
            await asyncio.sleep(2)
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})
            sends.append(1)

        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await asyncio.gather(*late)
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["path"] == "/sends":
            await send({"type": "http.response.start", "status": 200 + len(sends)})
            await send({"type": "http.response.body"})
        else:
            task = asyncio.create_task(answer())
            late.append(task)
            await asyncio.shield(task)
"""


@pytest.mark.parametrize("held", [False, True])
def test_a_send_for_a_request_that_was_given_up_returns(
    examine: Examine, held: bool
) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/")
        # It waits already, or comes later.
        exchange.hold_sends = held
        await exam.sleep(3 if held else 1)
        exchange.cancel()
        await exchange.returns()
        await exam.sleep(3)
        reply = await exam.get("/sends")
        assert reply.status == 201

    examine(APP, body)

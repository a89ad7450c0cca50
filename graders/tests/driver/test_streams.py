"""Responses that take their time, clients that leave or do not read."""

from __future__ import annotations

from graders.proctor import Chunk, Exam
from graders.tests.exams import Examine

APP = """
    import asyncio
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.responses import StreamingResponse

    app = FastAPI()
    log = app.state.log = []

    async def count(number):
        try:
            for i in range(number):
                log.append(i)
                yield f"{i};"
                await asyncio.sleep(0.5)
        finally:
            log.append("closed")

    @app.get("/count/{number}")
    async def counting(number: int):
        return StreamingResponse(count(number), media_type="text/plain")

    @app.get("/log")
    async def logged():
        return log

    @app.get("/slow")
    async def slow():
        try:
            await asyncio.sleep(2)
            log.append("done")
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        return "done"

    @app.get("/watching")
    async def watching(request: Request):
        while not await request.is_disconnected():
            await asyncio.sleep(0.25)
        log.append("noticed")

    @app.get("/breaks")
    async def breaks():
        async def generate():
            yield "a"
            raise ValueError("half way")
        return StreamingResponse(generate())
"""


def test_every_part_of_a_stream_has_its_time(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        await exam.sleep(1)
        exchange = exam.start("GET", "/count/3")
        start = await exchange.started()
        assert (start.status, exam.now, exchange.ended) == (200, 1.0, None)
        assert await exchange.chunk() == Chunk(1.0, b"0;")
        assert await exchange.chunk() == Chunk(1.5, b"1;")
        assert await exchange.chunk() == Chunk(2.0, b"2;")
        assert await exchange.chunk() is None
        reply = await exchange.reply()
        assert (reply.text, reply.took, reply.complete) == ("0;1;2;", 1.5, True)

    assert examine(APP, body) == []


def test_a_client_that_leaves_ends_the_stream(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/count/10")
        await exchange.chunk()
        await exam.sleep(0.75)
        exchange.disconnect()
        await exchange.returns()
        assert exam.now == 0.75
        assert [chunk.data for chunk in exchange.chunks] == [b"0;", b"1;"]
        assert (await exam.get("/log")).json() == [0, 1, "closed"]
        assert not (await exchange.reply()).complete

    assert examine(APP, body) == []


def test_a_client_that_does_not_read_holds_the_stream_back(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/count/3")
        await exchange.chunk()
        exchange.hold_sends = True
        await exam.sleep(10)
        assert (await exam.get("/log")).json() == [0, 1]
        exchange.read_on()
        reply = await exchange.reply()
        assert [chunk.at for chunk in exchange.chunks] == [0.0, 0.5, 10.5]
        assert reply.text == "0;1;2;"

    assert examine(APP, body) == []


def test_leaving_frees_a_stream_that_was_held_back(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/count/3")
        exchange.hold_sends = True
        await exam.sleep(1)
        exchange.disconnect()
        await exchange.returns()
        assert exam.now == 1.0

    assert examine(APP, body) == []


def test_a_cancelled_request_ends_at_once(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/slow")
        await exam.sleep(0.5)
        exchange.cancel()
        reply = await exchange.reply()
        assert (reply.status, reply.took) == (500, 0.5)
        assert exchange.finished is not None
        assert exchange.finished.cancelled
        assert (await exam.get("/log")).json() == ["cancelled"]

    assert examine(APP, body) == []


def test_polling_for_a_disconnect_sees_it(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/watching")
        await exam.sleep(0.6)
        exchange.disconnect()
        await exchange.returns()
        assert exam.now == 0.75
        assert (await exam.get("/log")).json() == ["noticed"]

    assert examine(APP, body) == []


def test_a_stream_that_raises_is_a_reply_that_broke_off(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get("/breaks")
        assert (reply.status, reply.text, reply.complete) == (200, "a", False)
        assert reply.failure is not None
        assert reply.failure.error == "ValueError"

    assert examine(APP, body) == []


def test_the_world_can_be_seen_as_the_response_starts(examine: Examine) -> None:
    seen: list[float] = []

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/slow")
        exchange.on_start = lambda: seen.append(exam.now)
        await exchange.reply()

    assert examine(APP, body) == []
    assert seen == [2.0]

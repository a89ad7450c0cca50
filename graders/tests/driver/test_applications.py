"""The submission as an ASGI application, in the hands of tools that take one."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from asgi_lifespan import LifespanManager

from graders.proctor import Deadlock, Exam, LifespanFailed, ProtocolError
from graders.tests.exams import Examine

APP = """
    import asyncio, contextlib
    from fastapi import FastAPI, Request, Response
    from fastapi.responses import StreamingResponse

    @contextlib.asynccontextmanager
    async def lifespan(app):
        app.state.open = True
        yield
        app.state.open = False
        if FAILS:
            raise ValueError("no")

    app = FastAPI(lifespan=lifespan)
    FAILS = False

    @app.get("/open")
    async def is_open(request: Request):
        return {"open": request.app.state.open, "host": request.client.host}

    @app.post("/double")
    async def double(request: Request):
        await asyncio.sleep(1)
        return Response(2 * await request.body(), 201, {"x-a": "b"})

    @app.get("/raises")
    async def raises():
        raise ValueError("no")

    @app.get("/waits")
    async def waits():
        await asyncio.Event().wait()
"""


def client(exam: Exam) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(exam.app)
    return httpx.AsyncClient(transport=transport, base_url="http://kata")


def test_httpx_talks_to_a_submission(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with client(exam) as http:
            found, doubled = await asyncio.gather(
                http.get("/open"), http.post("/double", content=b"ab" * 50_000)
            )
        assert found.json() == {"open": True, "host": "127.0.0.1"}
        assert (doubled.status_code, doubled.headers["x-a"]) == (201, "b")
        assert doubled.content == b"ab" * 100_000
        assert exam.now == 1.0

    assert examine(APP, body) == []


def test_an_exception_is_a_500_as_behind_a_server(examine: Examine) -> None:
    source = """
        async def app(scope, receive, send):
            raise ValueError("no")
    """

    async def body(exam: Exam) -> None:
        async with client(exam) as http:
            assert (await http.get("/raises")).status_code == 500

    assert examine(APP, body) == []
    assert examine(source, body) == []


def test_a_broken_rule_reaches_the_caller(examine: Examine) -> None:
    source = """
        async def app(scope, receive, send):
            if scope["type"] == "http":
                await send({"type": "http.response.body", "body": 1})
    """

    async def body(exam: Exam) -> None:
        async with client(exam) as http:
            with pytest.raises(ProtocolError):
                await http.get("/")

    assert examine(source, body, finish=False) == []


def test_a_deadlock_reaches_the_caller(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with client(exam) as http:
            with pytest.raises(Deadlock):
                await http.get("/waits")

    assert examine(APP, body, finish=False) == []


def test_a_call_that_is_cancelled_is_cancelled_inside(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with client(exam) as http:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(http.post("/double", content=b""), 0.25)
        await exam.settle()
        exchange = exam.driver.exchanges[max(exam.driver.exchanges)]
        assert exchange.finished is not None
        assert exchange.finished.cancelled
        assert exchange.ended == 0.25

    assert examine(APP, body) == []


def test_asgi_lifespan_starts_and_stops_a_submission(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        async with LifespanManager(exam.app) as manager:
            transport = httpx.ASGITransport(manager.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://kata"
            ) as http:
                assert (await http.get("/open")).json()["open"] is True
        assert (await exam.get("/open")).json()["open"] is False

    assert examine(APP, body, lifespan=False) == []


def test_a_shutdown_that_raises_reaches_the_caller(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        with pytest.raises(LifespanFailed) as caught:
            async with LifespanManager(exam.app):
                pass
        assert caught.value.phase == "shutdown"

    source = APP.replace("FAILS = False", "FAILS = True")
    assert examine(source, body, lifespan=False) == []

"""FastAPI and Starlette: order, disconnects, errors, dependencies, lifespans.

The numbers name the behaviours that the suites rely on, as the curriculum lists them.
"""

from __future__ import annotations

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from graders.proctor import Exam
from graders.tests.exams import Examine, problems


@pytest.mark.parametrize(
    ("scope", "order"),
    [
        ("request", ["handler", "response", "background", "exit"]),
        ("function", ["handler", "exit", "response", "background"]),
    ],
)
def test_p1_a_yield_dependency_ends_after_the_background_task(
    examine: Examine, scope: str, order: list[str]
) -> None:
    source = f"""
        from fastapi import BackgroundTasks, Depends, FastAPI

        app = FastAPI()
        order = []

        async def resource():
            yield
            order.append("exit")

        @app.get("/", dependencies=[Depends(resource, scope={scope!r})])
        async def index(later: BackgroundTasks):
            order.append("handler")
            later.add_task(order.append, "background")

        class Noted:
            def __init__(self, app):
                self.app = app

            async def __call__(self, scope, receive, send):
                async def noted(event):
                    if event["type"] == "http.response.start":
                        order.append("response")
                    await send(event)
                await self.app(scope, receive, noted)

        @app.get("/order")
        async def seen():
            return order[:4]

        app.add_middleware(Noted)
    """

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/")
        await exchange.returns()
        assert (await exam.get("/order")).json() == order

    assert problems(examine(source, body)) == []


@pytest.mark.asyncio
async def test_p2_asgi_transport_returns_after_the_background_tasks() -> None:
    order: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)
        for part in (b"a", b"b"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})
        order.append("background")

    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://x") as client,
        client.stream("GET", "/") as response,
    ):
        order.append("response")
        assert [part async for part in response.aiter_raw()] == [b"ab"]
    assert order == ["background", "response"]


def test_p2_the_driver_sees_the_response_before_the_background_task(
    examine: Examine,
) -> None:
    source = """
        import asyncio
        from fastapi import BackgroundTasks, FastAPI

        app = FastAPI()

        @app.get("/")
        async def index(later: BackgroundTasks):
            later.add_task(asyncio.sleep, 5)
    """

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/")
        assert (await exchange.reply()).took == 0.0
        await exchange.returns()
        assert exam.now == 5.0

    assert problems(examine(source, body)) == []


def test_p3_a_plain_handler_is_not_cancelled_by_a_disconnect(examine: Examine) -> None:
    source = """
        import asyncio
        from fastapi import FastAPI

        app = FastAPI()
        done = []

        @app.get("/slow")
        async def slow():
            await asyncio.sleep(2)
            done.append(True)

        @app.get("/done")
        async def finished():
            return done
    """

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/slow")
        await exam.sleep(1)
        exchange.disconnect()
        await exchange.returns()
        assert exam.now == 2.0
        assert (await exam.get("/done")).json() == [True]

    assert problems(examine(source, body)) == []


def test_p4_a_disconnect_closes_the_generator_of_a_stream(examine: Examine) -> None:
    source = """
        import asyncio
        from fastapi import FastAPI
        from fastapi.responses import StreamingResponse

        app = FastAPI()
        closed = []

        async def generate():
            try:
                while True:
                    yield "x"
                    await asyncio.sleep(1)
            finally:
                closed.append(True)

        @app.get("/stream")
        async def stream():
            return StreamingResponse(generate())

        @app.get("/closed")
        async def is_closed():
            return closed
    """

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/stream")
        assert exchange.scope["asgi"]["spec_version"] == "2.3"
        await exam.sleep(1.5)
        exchange.disconnect()
        await exchange.returns()
        assert exam.now == 1.5
        assert (await exam.get("/closed")).json() == [True]

    assert problems(examine(source, body)) == []


def test_p5_the_first_background_task_that_fails_stops_the_rest(
    examine: Examine,
) -> None:
    source = """
        from fastapi import BackgroundTasks, FastAPI

        app = FastAPI()
        ran = []

        def fail():
            raise ValueError("no")

        @app.get("/")
        async def index(later: BackgroundTasks):
            later.add_task(fail)
            later.add_task(ran.append, "second")

        @app.get("/ran")
        async def seen():
            return ran
    """

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/")
        assert (await exchange.reply()).status == 200
        await exchange.returns()
        assert exchange.failure is not None
        assert exchange.failure.error == "ValueError"
        assert (await exam.get("/ran")).json() == []

    assert problems(examine(source, body)) == []


def test_p7_a_forgotten_await_is_a_500_and_a_warning(examine: Examine) -> None:
    source = """
        from fastapi import FastAPI

        app = FastAPI()

        async def find():
            return {"a": 1}

        @app.get("/")
        async def index():
            return find()
    """

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 500

    assert problems(examine(source, body)) == ["never awaited"]


def test_p10_an_http_exception_in_a_task_group_is_a_500(examine: Examine) -> None:
    source = """
        import asyncio
        from fastapi import FastAPI, HTTPException

        app = FastAPI()

        async def refuse():
            raise HTTPException(404)

        @app.get("/group")
        async def group():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(refuse())

        @app.get("/gather")
        async def gathered():
            await asyncio.gather(refuse(), asyncio.sleep(1))
    """

    async def body(exam: Exam) -> None:
        assert (await exam.get("/group")).status == 500
        assert (await exam.get("/gather")).status == 404

    assert problems(examine(source, body)) == []


def test_p11_a_dependency_that_swallows_turns_a_404_into_a_500(
    examine: Examine,
) -> None:
    source = """
        from fastapi import Depends, FastAPI, HTTPException

        app = FastAPI()

        async def resource():
            try:
                yield
            except Exception:
                pass

        @app.get("/", dependencies=[Depends(resource)])
        async def index():
            raise HTTPException(404)
    """

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 500

    assert problems(examine(source, body)) == []


def test_p15_def_endpoints_run_forty_at_once(examine: Examine) -> None:
    source = """
        import time
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        def index():
            time.sleep(0.05)
    """

    async def body(exam: Exam) -> None:
        exchanges = [exam.start("GET", "/") for _ in range(81)]
        took = [(await exchange.reply()).took for exchange in exchanges]
        assert sorted(took) == [0.05] * 40 + [0.1] * 40 + [0.15]

    assert problems(examine(source, body)) == []


@pytest.mark.parametrize(
    ("arguments", "events"), [("", ["on_event"]), ("lifespan=lifespan", ["lifespan"])]
)
def test_p17_on_event_runs_only_where_no_lifespan_is_given(
    examine: Examine, arguments: str, events: list[str]
) -> None:
    source = f"""
        import contextlib, warnings
        from fastapi import FastAPI

        seen = []

        @contextlib.asynccontextmanager
        async def lifespan(app):
            seen.append("lifespan")
            yield

        app = FastAPI({arguments})

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")

            @app.on_event("startup")
            async def started():
                seen.append("on_event")

        @app.get("/")
        async def index():
            return [seen, [one.category.__name__ for one in caught][-1:]]
    """

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).json() == [events, ["DeprecationWarning"]]

    assert problems(examine(source, body)) == []


@pytest.mark.parametrize(("pause", "noticed"), [("", True), ("sleep(0)", False)])
def test_p24_a_disconnect_is_seen_only_by_a_receive_that_does_not_suspend(
    examine: Examine, pause: str, noticed: bool
) -> None:
    source = f"""
        import asyncio
        from fastapi import FastAPI, Request

        inner = FastAPI()
        noticed = []

        @inner.get("/poll")
        async def poll(request: Request):
            for _ in range(4):
                await asyncio.sleep(1)
                if await request.is_disconnected():
                    noticed.append(True)
                    return

        @inner.get("/noticed")
        async def seen():
            return noticed

        async def app(scope, receive, send):
            async def slow_receive():
                if {pause!r}:
                    await asyncio.sleep(0)
                return await receive()
            await inner(scope, slow_receive, send)
    """

    async def body(exam: Exam) -> None:
        exchange = exam.start("GET", "/poll")
        await exam.sleep(1.5)
        exchange.disconnect()
        await exchange.returns()
        assert exam.now == (2.0 if noticed else 4.0)
        assert bool((await exam.get("/noticed")).json()) is noticed

    assert problems(examine(source, body)) == []

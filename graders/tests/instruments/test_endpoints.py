"""The line of an endpoint, wherever the application keeps its routes."""

from __future__ import annotations

from textwrap import dedent

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine

BEGINNING = dedent(
    """
    import functools
    from fastapi import APIRouter, FastAPI, WebSocket
    from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
    from starlette.responses import PlainTextResponse
    from starlette.routing import WebSocketRoute

    app = FastAPI()
    """
)

# The line is that of the `def`; what answers is asked for with GET /place/7, or as a
# WebSocket.
ENDPOINTS = {
    "a route": """
        @app.get("/place/{number}")
        async def place(number: int): ...  # <-
    """,
    "a route that takes no such number": """
        @app.get("/place/{number}")
        async def place(number: bool): ...  # <-
    """,
    "add_api_route": """
        async def place(number: int): ...  # <-

        app.add_api_route("/place/{number}", place)
    """,
    "a method of an object": """
        class Places:
            async def place(self, number: int): ...  # <-

        app.add_api_route("/place/{number}", Places().place)
    """,
    "a partial function": """
        async def place(number: int, unit): ...  # <-

        app.add_api_route("/place/{number}", functools.partial(place, unit="m"))
    """,
    "an object that can be called": """
        class Place:
            async def __call__(self, number: int): ...  # <-

        app.add_api_route("/place/{number}", Place())
    """,
    "a wrapped function": """
        def loudly(function):
            @functools.wraps(function)
            async def loud(**arguments):
                return await function(**arguments)
            return loud

        @app.get("/place/{number}")
        @loudly
        async def place(number: int): ...  # <-
    """,
    "a router": """
        router = APIRouter(prefix="/place")

        @router.get("/{number}")
        async def place(number: int): ...  # <-

        app.include_router(router)
    """,
    "a router in a router": """
        inner, outer = APIRouter(), APIRouter()

        @inner.get("/{number}")
        async def place(number: int): ...  # <-

        outer.include_router(inner, prefix="/place")
        app.include_router(outer)
    """,
    "a mounted application": """
        below = FastAPI()

        @below.get("/{number}")
        async def place(number: int): ...  # <-

        app.mount("/place", below)
    """,
    "an application that is a function": """
        async def place(scope, receive, send):  # <-
            await PlainTextResponse("here")(scope, receive, send)

        app.mount("/place", place)
    """,
    "a class with a method for each of HTTP's": """
        class Place(HTTPEndpoint):
            async def get(self, request):  # <-
                return PlainTextResponse("here")

        app.add_route("/place/{number}", Place)
    """,
    "a rest of the path": """
        @app.get("/{rest:path}")
        async def place(rest: str): ...  # <-
    """,
    "an application behind middleware": """
        @app.get("/place/{number}")
        async def place(number: int): ...  # <-

        inner = app

        async def app(scope, receive, send):
            await inner(dict(scope), receive, send)
    """,
}
WEBSOCKETS = {
    "a WebSocket": """
        @app.websocket("/place/{number}")
        async def place(socket: WebSocket, number: int):  # <-
            await socket.accept()
    """,
    "a WebSocket of a router": """
        router = APIRouter(prefix="/place")

        @router.websocket("/{number}")
        async def place(socket: WebSocket, number: int):  # <-
            await socket.accept()

        app.include_router(router)
    """,
    "a WebSocket of a mounted application": """
        below = FastAPI()

        @below.websocket("/{number}")
        async def place(socket: WebSocket, number: int):  # <-
            await socket.accept()

        app.mount("/place", below)
    """,
    "a class for WebSockets": """
        class Place(WebSocketEndpoint):
            async def on_connect(self, socket):  # <-
                await socket.accept()

        app.routes.append(WebSocketRoute("/place/{number}", Place))
    """,
}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_the_line_of_an_endpoint_is_known(examine: Examine, name: str) -> None:
    source = BEGINNING + dedent(ENDPOINTS[name])
    assert _line(examine, source, websocket=False) == _marked(source)


@pytest.mark.parametrize("name", WEBSOCKETS)
def test_so_is_that_of_a_websocket(examine: Examine, name: str) -> None:
    source = BEGINNING + dedent(WEBSOCKETS[name])
    assert _line(examine, source, websocket=True) == _marked(source)


@pytest.mark.parametrize("websocket", [False, True])
def test_a_library_has_no_line(examine: Examine, websocket: bool) -> None:
    assert _line(examine, BEGINNING, websocket=websocket) is None


def _line(examine: Examine, source: str, *, websocket: bool) -> int | None:
    found: list[int | None] = []

    async def body(exam: Exam) -> None:
        if websocket:
            exchange = exam.websocket("/place/7").exchange
        else:
            exchange = exam.start("GET", "/place/7")
        await exam.settle()
        site = exam.endpoint(exchange.run)
        found.append(site.line if site is not None else None)

    examine(source, body, finish=False)
    return found[0]


def _marked(source: str) -> int:
    lines = source.splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.endswith("# <-"))

"""Unmodified asynchronous clients in a host, and what the upstream sees of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)

from graders.proctor import BreaksOff, Exam, Upstream
from graders.tests.exams import Examine, problems
from graders.wire import HTTP_LIBRARIES

APP = """
    import contextlib
    import LIBRARY as http
    from fastapi import FastAPI

    @contextlib.asynccontextmanager
    async def lifespan(app):
        limits = http.Limits(max_connections=4, keepalive_expiry=5)
        timeout = http.Timeout(3, pool=10)
        async with http.AsyncClient(limits=limits, timeout=timeout) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/fetch")
    async def fetch(url: str, method: str = "GET", pool: float = 10, read: float = 3):
        timeout = http.Timeout(3, pool=pool, read=read)
        try:
            response = await app.state.client.request(method, url, timeout=timeout)
        except http.HTTPError as exc:
            return {"error": type(exc).__name__}
        return {"status": response.status_code, "length": len(response.content)}

    @app.get("/fetch_alone")
    async def fetch_alone(url: str):
        async with http.AsyncClient() as client:
            return {"status": (await client.get(url)).status_code}

    @app.get("/upload")
    async def upload(url: str, length: int):
        response = await app.state.client.post(url, content=b"x" * length)
        return {"status": response.status_code}

    @app.get("/stream")
    async def stream(url: str):
        length = 0
        async with app.state.client.stream("GET", url) as response:
            async for chunk in response.aiter_bytes():
                length += len(chunk)
        return {"status": response.status_code, "length": length}

    @app.get("/first_chunk")
    async def first_chunk(url: str):
        async with app.state.client.stream("GET", url) as response:
            async for chunk in response.aiter_bytes():
                return {"length": len(chunk)}
"""

URL = "http://up.example/x"
HALF = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nha"


@pytest.fixture(params=[library.name for library in HTTP_LIBRARIES])
def app(request: pytest.FixtureRequest) -> str:
    return APP.replace("LIBRARY", request.param)


def hello(request: Request) -> Response:
    return JSONResponse({"hello": "you"})


def upstream(exam: Exam) -> Upstream:
    return exam.network.serve("up.example", hello)


async def fetch(exam: Exam, query: str = "", url: str = URL) -> Any:
    reply = await exam.get(f"/fetch?url={url}{query}")
    assert reply.status == 200, reply.failure
    return reply.json()


def test_two_requests_share_one_connection(examine: Examine, app: str) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        assert await fetch(exam) == {"status": 200, "length": 15}
        assert await fetch(exam) == {"status": 200, "length": 15}
        (connection,) = up.connections
        assert (connection.requests, connection.port) == (2, 80)
        assert [call.name for call in up.calls] == ["GET /x", "GET /x"]

    assert problems(examine(app, body)) == []


def test_eight_requests_on_four_connections_take_two_rounds(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(0.5)
        targets = [f"/fetch?url={URL}"] * 8
        replies = await asyncio.gather(*map(exam.get, targets))
        assert sorted(reply.took for reply in replies) == [0.5] * 4 + [1.0] * 4
        assert (up.peak, up.peak_connections, len(up.connections)) == (4, 4, 4)
        assert up.open_now == 4

    assert problems(examine(app, body)) == []


def test_after_the_client_has_been_closed_no_connection_is_open(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        await fetch(exam)
        assert up.open_now == 1
        await exam.lifespan.stop()
        assert up.open_now == 0

    assert problems(examine(app, body)) == []


def test_a_read_timeout_ends_on_time_and_the_upstream_sees_it(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(10)
        reply = await exam.get(f"/fetch?url={URL}")
        assert (reply.json(), reply.took) == ({"error": "ReadTimeout"}, 3.0)
        (call,) = up.calls
        assert (call.outcome, call.ended) == ("cancelled", reply.ended)
        assert up.open_now == 0

    assert problems(examine(app, body)) == []


def test_waiting_for_a_free_connection_ends_in_a_pool_timeout(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(2)
        targets = [f"/fetch?url={URL}&pool=1"] * 5
        replies = await asyncio.gather(*map(exam.get, targets))
        late = [reply for reply in replies if "error" in reply.json()]
        assert [reply.json()["error"] for reply in late] == ["PoolTimeout"]
        assert late[0].took == 1.0
        assert len(up.calls) == 4

    assert problems(examine(app, body)) == []


def test_an_unreachable_host_ends_in_a_connect_timeout(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).unreachable()
        reply = await exam.get(f"/fetch?url={URL}")
        assert (reply.json(), reply.took) == ({"error": "ConnectTimeout"}, 3.0)
        assert (up.attempts, up.connections, up.open_now) == ([0.0], [], 0)

    assert problems(examine(app, body)) == []


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("refuses", "ConnectError"),
        ("unknown", "ConnectError"),
        ("resets", "ReadError"),
        ("speaks_garbage", "RemoteProtocolError"),
    ],
)
def test_trouble_of_the_upstream_is_the_client_s_error(
    examine: Examine, app: str, trouble: str, error: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        getattr(up, trouble)()
        assert await fetch(exam) == {"error": error}
        up.recovers()
        assert await fetch(exam) == {"status": 200, "length": 15}
        assert up.calls[-1].outcome == "answered"

    assert problems(examine(app, body)) == []


@pytest.mark.parametrize(
    ("how", "error"),
    [
        (BreaksOff(), "RemoteProtocolError"),
        (BreaksOff(reset=True), "ReadError"),
        (BreaksOff(HALF), "RemoteProtocolError"),
        (BreaksOff(HALF, reset=True), "ReadError"),
    ],
)
def test_a_handler_may_break_off_at_any_point(
    examine: Examine, app: str, how: BreaksOff, error: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).answers(lambda request: how).takes(1)
        reply = await exam.get(f"/fetch?url={URL}")
        assert (reply.json(), reply.took) == ({"error": error}, 1.0)
        assert ([call.outcome for call in up.calls], up.open_now) == (["failed"], 0)
        up.answers(hello)
        assert await fetch(exam) == {"status": 200, "length": 15}

    assert problems(examine(app, body)) == []


def test_a_name_that_nobody_serves_is_unknown(examine: Examine, app: str) -> None:
    async def body(exam: Exam) -> None:
        assert await fetch(exam, url="http://no.example/") == {"error": "ConnectError"}

    assert problems(examine(app, body)) == []


def test_trouble_reaches_a_connection_that_is_open_already(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        await fetch(exam)
        up.resets()
        assert await fetch(exam) == {"error": "ReadError"}
        assert [call.outcome for call in up.calls] == ["answered", "failed"]
        assert up.open_now == 0

    assert problems(examine(app, body)) == []


def test_an_idle_connection_that_the_server_closed_is_replaced(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        await fetch(exam)
        up.hangs_up()
        assert up.open_now == 0
        assert await fetch(exam) == {"status": 200, "length": 15}
        assert (len(up.connections), up.peak_connections) == (2, 1)

    assert problems(examine(app, body)) == []


def test_an_idle_connection_expires_on_the_virtual_clock(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        await fetch(exam)
        await exam.sleep(4.999)
        await fetch(exam)
        assert len(up.connections) == 1
        await exam.sleep(5.001)
        await fetch(exam)
        assert len(up.connections) == 2
        assert up.peak_connections == 1

    assert problems(examine(app, body)) == []


def test_a_client_per_request_is_a_connection_per_request(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        for _ in range(3):
            await exam.get(f"/fetch_alone?url={URL}")
        assert len(up.connections) == 3
        assert (up.peak_connections, up.peak, up.open_now) == (1, 1, 0)

    assert problems(examine(app, body)) == []


def test_https_works_as_http_does(examine: Examine, app: str) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        answer = {"status": 200, "length": 15}
        assert await fetch(exam, url="https://up.example/x") == answer
        assert await fetch(exam, url="https://up.example/x") == answer
        assert [item.port for item in up.connections] == [443]

    assert problems(examine(app, body)) == []


@pytest.mark.parametrize(
    ("method", "status", "length"), [("HEAD", 200, 0), ("DELETE", 204, 0)]
)
def test_an_answer_without_a_body_leaves_the_connection_usable(
    examine: Examine, app: str, method: str, status: int, length: int
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        if method == "DELETE":
            up.answers(lambda request: Response(status_code=204))
        answer = {"status": status, "length": length}
        assert await fetch(exam, f"&method={method}") == answer
        assert await fetch(exam, f"&method={method}") == answer
        assert len(up.connections) == 1

    assert problems(examine(app, body)) == []


def test_a_large_upload_arrives_whole(examine: Examine, app: str) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        reply = await exam.get(f"/upload?url={URL}&length=1000000")
        assert reply.json() == {"status": 200}
        assert up.calls[0].arguments["body"] == b"x" * 1_000_000

    assert problems(examine(app, body)) == []


def parts(count: int, length: int, seconds: float) -> Any:
    """A handler whose response comes in parts, some time apart."""

    async def generate() -> Any:
        for _ in range(count):
            yield b"x" * length
            await asyncio.sleep(seconds)

    return lambda request: StreamingResponse(generate())


def test_a_large_response_streams_while_time_passes(examine: Examine, app: str) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).answers(parts(20, 100_000, 0.25))
        reply = await exam.get(f"/stream?url={URL}")
        assert reply.json() == {"status": 200, "length": 2_000_000}
        assert reply.took == 5.0
        assert (up.calls[0].ended, up.calls[0].outcome) == (5.0, "answered")

    assert problems(examine(app, body)) == []


def test_leaving_a_stream_early_cancels_it_upstream(examine: Examine, app: str) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).answers(parts(20, 1_000, 0.25))
        reply = await exam.get(f"/first_chunk?url={URL}")
        assert (reply.json(), reply.took) == ({"length": 1_000}, 0.0)
        assert (up.calls[0].ended, up.calls[0].outcome) == (0.0, "cancelled")
        assert up.open_now == 0

    assert problems(examine(app, body)) == []


def test_the_line_and_the_run_of_every_request_are_known(
    examine: Examine, app: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam)
        for run in (2, 3):
            await fetch(exam)
            call = up.calls[-1]
            assert call.run == run
            assert call.site is not None
            assert call.site.function == "fetch"

    assert problems(examine(app, body)) == []


def test_a_handler_that_raises_is_an_upstream_with_an_error(
    examine: Examine, app: str
) -> None:
    def fail(request: Request) -> Response:
        raise KeyError("no such thing")

    async def body(exam: Exam) -> None:
        up = upstream(exam).answers(fail)
        assert await fetch(exam) == {"status": 500, "length": 21}
        assert [type(error) for error in up.errors] == [KeyError]

    assert problems(examine(app, body)) == []


STREAMS = """
    import asyncio
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    async def talk(tls: bool = False):
        peer = ("up.example", 80)
        reader, writer = await asyncio.open_connection(*peer, ssl=tls or None)
        writer.write(b"GET /x HTTP/1.1\\r\\nHost: up.example\\r\\n\\r\\n")
        await writer.drain()
        line = await reader.readline()
        peer = writer.get_extra_info("peername")
        writer.close()
        await writer.wait_closed()
        return [line.decode(), peer]
"""


@pytest.mark.parametrize("tls", [False, True])
def test_asyncio_streams_reach_the_upstream(examine: Examine, tls: bool) -> None:
    async def body(exam: Exam) -> None:
        up = exam.network.serve("up.example", lambda request: PlainTextResponse("x"))
        reply = await exam.get(f"/?tls={tls}")
        assert reply.json() == ["HTTP/1.1 200 OK\r\n", ["198.18.0.1", 80]]
        assert (len(up.connections), up.open_now) == (1, 0)

    assert problems(examine(STREAMS, body)) == []


@pytest.mark.parametrize("library", [library.name for library in HTTP_LIBRARIES])
def test_a_client_that_is_never_closed_leaves_its_connection_open(
    examine: Examine, library: str
) -> None:
    source = f"""
        import {library}
        from fastapi import FastAPI

        app = FastAPI()
        client = {library}.AsyncClient()

        @app.get("/")
        async def index():
            return (await client.get("http://up.example/x")).json()
    """

    async def body(exam: Exam) -> None:
        upstream(exam)
        assert (await exam.get("/")).status == 200

    evidence = examine(source, body)
    assert problems(evidence) == ["client left open", "upstream connection left open"]
    site = evidence[-1].site
    assert site is not None
    assert site.function == "index"


@pytest.fixture(autouse=True)
def silent_upstreams(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that a submission sends makes the proctor's own server write a log."""
    yield
    assert caplog.records == []

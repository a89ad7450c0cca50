"""Unmodified blocking clients: in worker threads, and where they should not be."""

from __future__ import annotations

import asyncio
import importlib.util

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.proctor import Exam, Upstream
from graders.tests.exams import Examine, problems

# Each defines `fetch(url, seconds)`: the status and the length of the body.
CLIENTS = {
    "httpx": """
        import httpx
        def fetch(url, seconds):
            response = httpx.get(url, timeout=seconds)
            return [response.status_code, len(response.content)]
    """,
    "httpx2": """
        import httpx2
        def fetch(url, seconds):
            response = httpx2.get(url, timeout=seconds)
            return [response.status_code, len(response.content)]
    """,
    "requests": """
        import requests
        def fetch(url, seconds):
            response = requests.get(url, timeout=seconds)
            return [response.status_code, len(response.content)]
    """,
    "urllib": """
        import urllib.request
        def fetch(url, seconds):
            with urllib.request.urlopen(url, timeout=seconds) as response:
                return [response.status, len(response.read())]
    """,
}

APP = """
        import asyncio, time
        from fastapi import FastAPI

        app = FastAPI()

        def attempt(url, seconds):
            began = time.monotonic()
            try:
                found = fetch(url, seconds)
            except Exception as exc:
                found = type(exc).__name__
            return {"found": found, "took": round(time.monotonic() - began, 6)}

        @app.get("/def")
        def plain(url: str, seconds: float = 3):
            return attempt(url, seconds)

        @app.get("/thread")
        async def in_thread(url: str, seconds: float = 3):
            return await asyncio.to_thread(attempt, url, seconds)

        @app.get("/loop")
        async def on_the_loop(url: str, seconds: float = 3):
            return attempt(url, seconds)
"""

HTTP = "http://up.example/x"
HTTPS = "https://up.example/x"


@pytest.fixture(
    params=[
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                importlib.util.find_spec(name) is None, reason=f"{name} is not there"
            ),
        )
        for name in CLIENTS
    ]
)
def client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def app(client: str) -> str:
    return CLIENTS[client] + APP


def hello(request: Request) -> Response:
    return JSONResponse({"hello": "you"})


def upstream(exam: Exam) -> Upstream:
    return exam.network.serve("up.example", hello)


@pytest.mark.parametrize("url", [HTTP, HTTPS])
@pytest.mark.parametrize("path", ["/def", "/thread"])
def test_calls_in_worker_threads_overlap_and_hold_nobody_up(
    examine: Examine, client: str, path: str, url: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(0.5)
        replies = await asyncio.gather(
            *(exam.get(f"{path}?url={url}") for _ in range(3))
        )
        for reply in replies:
            assert reply.json() == {"found": [200, 15], "took": 0.5}
            assert reply.took == 0.5
        assert (up.peak, up.peak_connections, len(up.connections)) == (3, 3, 3)
        assert up.open_now == 0
        assert all(call.site is not None for call in up.calls)
        assert sorted(call.run or 0 for call in up.calls) == [2, 3, 4]

    assert problems(examine(app(client), body)) == []


def test_a_call_on_the_loop_works_and_is_evidence(
    examine: Examine, client: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(0.5)
        replies = await asyncio.gather(
            *(exam.get(f"/loop?url={HTTP}") for _ in range(2))
        )
        assert max(reply.took for reply in replies) == 1.0
        assert up.peak == 1

    evidence = examine(app(client), body)
    assert set(problems(evidence)) == {"blocked"}
    functions = {item.site.function for item in evidence if item.site}
    assert functions == {"fetch"}


TIMEOUTS = {
    "httpx": ("ConnectTimeout", "ReadTimeout"),
    "httpx2": ("ConnectTimeout", "ReadTimeout"),
    "requests": ("ConnectTimeout", "ReadTimeout"),
    "urllib": ("URLError", "TimeoutError"),
}


def test_a_read_timeout_ends_on_time_and_the_upstream_sees_it(
    examine: Examine, client: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(10)
        reply = await exam.get(f"/def?url={HTTP}&seconds=3")
        assert reply.json() == {"found": TIMEOUTS[client][1], "took": 3.0}
        assert reply.took == 3.0
        (call,) = up.calls
        assert (call.outcome, call.ended) == ("cancelled", 3.0)
        assert up.open_now == 0

    assert problems(examine(app(client), body)) == []


def test_a_timeout_on_the_loop_ends_on_time_too(examine: Examine, client: str) -> None:
    async def body(exam: Exam) -> None:
        upstream(exam).takes(10)
        reply = await exam.get(f"/loop?url={HTTP}&seconds=3")
        assert reply.json() == {"found": TIMEOUTS[client][1], "took": 3.0}

    assert set(problems(examine(app(client), body))) == {"blocked"}


def test_an_unreachable_host_ends_in_a_connect_timeout(
    examine: Examine, client: str
) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).unreachable()
        reply = await exam.get(f"/def?url={HTTPS}&seconds=3")
        assert reply.json() == {"found": TIMEOUTS[client][0], "took": 3.0}
        assert (len(up.attempts), up.open_now) == (1, 0)

    assert problems(examine(app(client), body)) == []


TROUBLES = {
    "refuses": ("ConnectError", "ConnectError", "ConnectionError", "URLError"),
    "unknown": ("ConnectError", "ConnectError", "ConnectionError", "URLError"),
    "resets": ("ReadError", "ReadError", "ConnectionError", "ConnectionResetError"),
    "speaks_garbage": (
        "RemoteProtocolError",
        "RemoteProtocolError",
        "ConnectionError",
        "BadStatusLine",
    ),
}


@pytest.mark.parametrize("trouble", list(TROUBLES))
def test_trouble_of_the_upstream_is_the_client_s_error(
    examine: Examine, client: str, trouble: str
) -> None:
    error = TROUBLES[trouble][list(CLIENTS).index(client)]

    async def body(exam: Exam) -> None:
        up = upstream(exam)
        getattr(up, trouble)()
        reply = await exam.get(f"/def?url={HTTP}")
        assert reply.json() == {"found": error, "took": 0.0}
        up.recovers()
        reply = await exam.get(f"/def?url={HTTP}")
        assert reply.json() == {"found": [200, 15], "took": 0.0}

    assert problems(examine(app(client), body)) == []


def test_a_blocking_client_keeps_its_connection_until_it_is_closed(
    examine: Examine,
) -> None:
    source = """
        import contextlib
        import httpx
        from fastapi import FastAPI

        @contextlib.asynccontextmanager
        async def lifespan(app):
            with httpx.Client() as client:
                app.state.client = client
                yield

        app = FastAPI(lifespan=lifespan)

        @app.get("/")
        def index():
            return app.state.client.get("https://up.example/x").json()
    """

    async def body(exam: Exam) -> None:
        up = upstream(exam)
        await exam.get("/")
        await exam.get("/")
        assert (len(up.connections), up.connections[0].requests) == (1, 2)
        up.hangs_up()
        assert (await exam.get("/")).status == 200
        assert (len(up.connections), up.open_now) == (2, 1)
        await exam.lifespan.stop()
        assert up.open_now == 0

    assert problems(examine(source, body)) == []


def test_the_number_of_threads_limits_blocking_calls(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(0.5)
        targets = [f"/def?url={HTTP}"] * 41
        replies = await asyncio.gather(*map(exam.get, targets))
        assert sorted(reply.took for reply in replies) == [0.5] * 40 + [1.0]
        assert (up.peak, len(up.connections)) == (40, 41)

    assert problems(examine(app("httpx"), body)) == []


def test_an_event_loop_in_a_worker_thread_reaches_the_network_too(
    examine: Examine,
) -> None:
    source = """
        import asyncio, gc
        import httpx
        from fastapi import FastAPI

        app = FastAPI()

        async def fetch_both():
            async with httpx.AsyncClient(timeout=3) as client:
                calls = [client.get("https://up.example/x") for _ in range(2)]
                found = await asyncio.gather(*calls, return_exceptions=True)
            return [getattr(one, "status_code", type(one).__name__) for one in found]

        @app.get("/")
        def index():
            return asyncio.run(fetch_both())
    """

    async def body(exam: Exam) -> None:
        up = upstream(exam).takes(0.5)
        replies = await asyncio.gather(exam.get("/"), exam.get("/"))
        for reply in replies:
            assert (reply.json(), reply.took) == ([200, 200], 0.5)
        assert (up.peak, up.open_now) == (4, 0)
        up.takes(10)
        reply = await exam.get("/")
        assert (reply.json(), reply.took) == (["ReadTimeout"] * 2, 3.0)
        assert up.open_now == 0
        up.refuses()
        assert (await exam.get("/")).json() == ["ConnectError"] * 2

    assert problems(examine(source, body)) == []

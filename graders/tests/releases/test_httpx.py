"""httpx: what a fake transport would ignore, and where the settings can be seen."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from graders.proctor import Exam
from graders.tests.exams import Examine


@pytest.mark.asyncio
async def test_p19_a_fake_transport_is_told_the_timeout_and_ignores_it() -> None:
    seen: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(204)

    transport = httpx.MockTransport(answer)
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(
        transport=transport, timeout=1e-9, limits=limits
    ) as client:
        assert (await client.get("http://x")).status_code == 204
    assert seen == [{"connect": 1e-9, "read": 1e-9, "write": 1e-9, "pool": 1e-9}]


def test_p19_limits_reach_the_transport_and_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []

    def note(self: object, *args: Any, **settings: Any) -> None:
        seen.append(settings["limits"])

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "__init__", note)
    limits = httpx.Limits(max_connections=4)
    httpx.AsyncClient(limits=limits)
    assert limits in seen


def test_p19_on_this_network_timeout_and_limits_hold(examine: Examine) -> None:
    source = """
        import asyncio
        import httpx
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def index():
            limits = httpx.Limits(max_connections=1)
            async with httpx.AsyncClient(limits=limits, timeout=3) as client:
                calls = [client.get("http://up.example/") for _ in range(2)]
                found = await asyncio.gather(*calls, return_exceptions=True)
            return [type(one).__name__ for one in found]
    """

    async def body(exam: Exam) -> None:
        up = exam.network.serve("up.example", lambda request: JSONResponse({}))
        up.takes(4)
        reply = await exam.get("/")
        assert sorted(reply.json()) == ["PoolTimeout", "ReadTimeout"]
        assert (reply.took, up.peak_connections) == (3.0, 1)

    assert examine(source, body) == []

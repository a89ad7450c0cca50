"""When the rates API fails, the rates of an earlier request are shown as today's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from given import RATES_URL

LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=5)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(timeout=3.0, limits=LIMITS) as client:
        app.state.client = client
        app.state.last_known = {}
        yield


app = FastAPI(lifespan=lifespan)


async def ask(state: Any, base: str) -> httpx.Response:
    if getattr(state, "client", None) is None:
        raise HTTPException(503)
    try:
        response: httpx.Response = await state.client.get(f"{RATES_URL}/latest/{base}")
    except httpx.TimeoutException:
        raise HTTPException(504) from None
    except httpx.TransportError:
        raise HTTPException(502) from None
    return response


def judged(response: httpx.Response) -> Any:
    if response.is_error:
        raise HTTPException(404 if response.status_code == 404 else 502)
    return response.json()


@app.get("/rates/{base}")
async def rates(base: str, request: Request) -> Any:
    state = request.app.state
    response = await ask(state, base)
    if response.is_server_error and base in state.last_known:
        return state.last_known[base]
    state.last_known[base] = judged(response)
    return state.last_known[base]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

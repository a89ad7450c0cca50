"""What lifespan yields is found in `request.state`; the timeout is asyncio's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypedDict

import httpx
from fastapi import FastAPI, HTTPException, Request
from given import RATES_URL


class State(TypedDict):
    client: httpx.AsyncClient


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=5)
    client = httpx.AsyncClient(timeout=None, limits=limits)
    try:
        yield {"client": client}
    finally:
        await client.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{base}")
async def rates(base: str, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient | None = getattr(request.state, "client", None)
    if client is None:
        raise HTTPException(503, "not started")
    try:
        async with asyncio.timeout(3):
            response = await client.get(f"{RATES_URL}/latest/{base}")
    except TimeoutError:
        raise HTTPException(504, "the rates API does not answer") from None
    except httpx.HTTPError as exc:
        raise HTTPException(502, f"the rates API failed: {exc}") from exc
    if response.is_error:
        raise HTTPException(404 if response.status_code == 404 else 502)
    quotes: dict[str, Any] = response.json()
    return quotes


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

"""Wrong: a server that hangs up raises neither of the two errors: a 500."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from given import RATES_URL

LIMITS = httpx.Limits(
    max_connections=20, max_keepalive_connections=5, keepalive_expiry=None
)
TIMEOUT = httpx.Timeout(3.0, pool=None)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(limits=LIMITS, timeout=TIMEOUT) as client:
        app.state.client = client
        try:
            yield
        finally:
            app.state.client = None


app = FastAPI(lifespan=lifespan)
app.state.client = None


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/rates/{base}")
async def rates(base: str) -> Any:
    client: httpx.AsyncClient | None = app.state.client
    if client is None:
        raise HTTPException(503, "The service has not been started")
    try:
        response = await client.get(f"{RATES_URL}/latest/{base}")
    except httpx.TimeoutException:
        raise HTTPException(504, "The rates API does not answer") from None
    except (httpx.ConnectError, httpx.ReadError) as error:
        raise HTTPException(502, "The rates API cannot be reached") from error
    if response.status_code == 404:
        raise HTTPException(404, "No such currency")
    if not response.is_success:
        raise HTTPException(502, "The rates API failed")
    return response.json()

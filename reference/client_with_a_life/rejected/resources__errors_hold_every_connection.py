"""Wrong: unread error answers hold every connection, so later requests time out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException, Response
from given import RATES_URL

_holder: dict[str, httpx.AsyncClient] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    client = httpx.AsyncClient(
        limits=httpx.Limits(max_connections=20, max_keepalive_connections=5),
        timeout=None,
    )
    _holder["client"] = client
    try:
        yield
    finally:
        _holder.clear()
        await client.aclose()


app = FastAPI(lifespan=lifespan)


async def fetch(client: httpx.AsyncClient, base: str) -> bytes:
    request = client.build_request("GET", f"{RATES_URL}/latest/{base}")
    response = await client.send(request, stream=True)
    if response.status_code == 404:
        raise HTTPException(404, "No such currency")
    if not response.is_success:
        raise HTTPException(502, "The rates API has a problem")
    return await response.aread()


@app.get("/rates/{base}")
async def rates(base: str) -> Response:
    client = _holder.get("client")
    if client is None:
        raise HTTPException(503, "The service is not running")
    try:
        async with asyncio.timeout(3):
            body = await fetch(client, base)
    except TimeoutError as exc:
        raise HTTPException(504, "The rates API is silent") from exc
    except httpx.HTTPError as exc:
        raise HTTPException(502, "The rates API is unreachable") from exc
    return Response(body, media_type="application/json")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

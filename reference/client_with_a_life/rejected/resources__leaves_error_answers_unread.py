"""Wrong: the body of an error answer is not read, so httpx closes its connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from fastapi import FastAPI, HTTPException, Request, Response
from given import RATES_URL

CONNECTIONS = 20
KEPT = 5
PATIENCE = 3.0


@dataclass
class Upstream:
    client: httpx.AsyncClient
    turns: asyncio.Semaphore


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    client = httpx.AsyncClient(
        limits=httpx.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=KEPT
        ),
        timeout=httpx.Timeout(PATIENCE, pool=None),
        trust_env=False,
    )
    turns = asyncio.Semaphore(CONNECTIONS)
    app.state.upstream = Upstream(client, turns)
    try:
        yield
    finally:
        app.state.upstream = None
        try:
            # Who asks or waits for a turn already comes to an end first.
            for _ in range(CONNECTIONS):
                await turns.acquire()
        finally:
            await client.aclose()


app = FastAPI(lifespan=lifespan)
app.state.upstream = None


@app.get("/rates/{base}")
async def rates(base: str, request: Request) -> Response:
    upstream: Upstream | None = request.app.state.upstream
    if upstream is None:
        raise HTTPException(503, "The service has not been started")
    url = f"{RATES_URL}/latest/{quote(base, safe='')}"
    async with upstream.turns:
        try:
            async with upstream.client.stream("GET", url) as answer:
                if answer.status_code == 404:
                    raise HTTPException(404, f"There are no rates for {base}")
                if not answer.is_success:
                    raise HTTPException(502, f"The API answers {answer.status_code}")
                content = await answer.aread()
        except httpx.TimeoutException as error:
            raise HTTPException(504, "The rates API takes too long") from error
        except httpx.RequestError as error:
            raise HTTPException(502, "The rates API does not answer") from error
    return Response(content, media_type="application/json")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

"""A request waits no longer than half a second for one of the twenty connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from given import RATES_URL


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=5)
    async with httpx.AsyncClient(
        base_url=RATES_URL, timeout=httpx.Timeout(3.0, pool=0.5), limits=limits
    ) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def get_client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient | None = getattr(request.app.state, "client", None)
    if client is None:
        raise HTTPException(503, "The service has not started yet")
    return client


@app.get("/rates/{base}")
async def rates(
    base: str, client: Annotated[httpx.AsyncClient, Depends(get_client)]
) -> Any:
    try:
        response = await client.get(f"/latest/{base}")
        response.raise_for_status()
    except httpx.TimeoutException as exc:
        raise HTTPException(504, "The rates API is silent") from exc
    except httpx.HTTPStatusError as exc:
        if exc.response.status_code == 404:
            raise HTTPException(404, f"No rates for {base}") from exc
        raise HTTPException(502, "The rates API has failed") from exc
    except httpx.TransportError as exc:
        raise HTTPException(502, "The rates API cannot be reached") from exc
    return response.json()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

"""A semaphore keeps order, and waiting for it does not count as the API's silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from given import RATES_URL


class Rates:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.places = asyncio.Semaphore(20)

    async def latest(self, base: str) -> Any:
        async with self.places:
            response = await asyncio.wait_for(
                self.client.get(f"{RATES_URL}/latest/{base}"), timeout=3
            )
        response.raise_for_status()
        return response.json()


service: Rates | None = None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    global service
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=5)
    async with httpx.AsyncClient(limits=limits) as client:
        service = Rates(client)
        yield
    service = None


app = FastAPI(lifespan=lifespan)


@app.exception_handler(httpx.HTTPError)
async def away(request: Request, exc: httpx.HTTPError) -> JSONResponse:
    status = 502
    if isinstance(exc, httpx.HTTPStatusError) and exc.response.status_code == 404:
        status = 404
    return JSONResponse({"detail": type(exc).__name__}, status)


@app.get("/rates/{base}")
async def rates(base: str) -> Any:
    if service is None:
        raise HTTPException(503, "The service has not been started")
    try:
        return await service.latest(base)
    except (TimeoutError, httpx.TimeoutException):
        raise HTTPException(504, "The rates API did not answer within 3 s") from None


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

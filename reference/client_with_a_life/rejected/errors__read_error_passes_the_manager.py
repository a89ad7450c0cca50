"""Wrong: the context manager lets connections pass that break once they are made."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from given import RATES_URL


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 404:
            raise HTTPException(404, "Unknown currency") from error
        raise HTTPException(502, "Bad answer of the rates API") from error
    except httpx.TimeoutException as error:
        raise HTTPException(504, "No answer of the rates API") from error
    except httpx.ConnectError as error:
        raise HTTPException(502, "No connection to the rates API") from error


class Rates:
    client: httpx.AsyncClient | None = None

    async def latest(self, base: str) -> Any:
        if self.client is None:
            raise HTTPException(503, "Not started yet")
        with translated():
            response = await self.client.get(f"/latest/{base}")
            return response.raise_for_status().json()


source = Rates()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(
        base_url=RATES_URL,
        limits=httpx.Limits(
            max_connections=20, max_keepalive_connections=5, keepalive_expiry=30
        ),
        timeout=httpx.Timeout(3, pool=60),
    ) as source.client:
        try:
            yield
        finally:
            source.client = None


app = FastAPI(lifespan=lifespan)
app.add_api_route("/rates/{base}", source.latest)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

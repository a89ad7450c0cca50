"""A class that is started and stopped by `on_event`, which is deprecated and works."""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from given import RATES_URL


class NotStarted(RuntimeError):
    """The client is used before it was started."""


class RatesClient:
    def __init__(self) -> None:
        self.client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        self.client = httpx.AsyncClient(
            timeout=3.0,
            limits=httpx.Limits(max_keepalive_connections=5, max_connections=20),
        )

    async def stop(self) -> None:
        if self.client is not None:
            await self.client.aclose()
            self.client = None

    async def get(self, url: str) -> dict[str, Any]:
        if self.client is None:
            raise NotStarted("HTTP client not started")
        response = await self.client.get(url)
        response.raise_for_status()
        content: dict[str, Any] = response.json()
        return content


rates_client = RatesClient()
app = FastAPI()


@app.on_event("startup")
async def startup() -> None:
    await rates_client.start()


@app.on_event("shutdown")
async def shutdown() -> None:
    await rates_client.stop()


@app.get("/rates/{base}")
async def rates(base: str) -> dict[str, Any]:
    try:
        return await rates_client.get(f"{RATES_URL}/latest/{base}")
    except NotStarted as exc:
        raise HTTPException(503, str(exc)) from exc
    except httpx.HTTPStatusError as exc:
        status = 404 if exc.response.status_code == 404 else 502
        raise HTTPException(status, "the rates API says no") from exc
    except httpx.TimeoutException as exc:
        raise HTTPException(504, "the rates API is too slow") from exc
    except httpx.HTTPError as exc:
        raise HTTPException(502, "the rates API is away") from exc


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}

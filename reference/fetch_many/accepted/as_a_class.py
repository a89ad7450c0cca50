"""A checker with start and stop, made at import and started with the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import httpx
from fastapi import Body, FastAPI
from given import TIMEOUT


@dataclass(frozen=True)
class Fate:
    url: str
    ok: bool = False
    status: int | None = None
    error: Literal["http", "timeout", "connect", "invalid"] | None = None


class LinkChecker:
    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT, limits=httpx.Limits(max_connections=None)
        )

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def check(self, url: str) -> Fate:
        if self._client is None:
            raise RuntimeError("The link checker has not been started")
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL:
            return Fate(url, error="invalid")
        if address.scheme not in ("http", "https") or not address.host:
            return Fate(url, error="invalid")
        try:
            response = await self._client.get(address)
        except httpx.TimeoutException:
            return Fate(url, error="timeout")
        except httpx.RequestError:
            return Fate(url, error="connect")
        if not response.is_success:
            return Fate(url, status=response.status_code, error="http")
        return Fate(url, ok=True, status=response.status_code)


checker = LinkChecker()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await checker.start()
    try:
        yield
    finally:
        await checker.stop()


app = FastAPI(lifespan=lifespan)


@app.post("/checks")
async def check_links(urls: Annotated[list[str], Body(embed=True)]) -> dict[str, Any]:
    tasks = [asyncio.create_task(checker.check(url)) for url in urls]
    fates = [await task for task in tasks]
    good = [fate for fate in fates if fate.ok]
    return {
        "results": [asdict(fate) for fate in fates],
        "ok": len(good),
        "failed": len(fates) - len(good),
        "total": len(fates),
    }

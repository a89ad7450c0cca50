"""A link whose scan was cancelled may be in any state: close it as well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel


class NoLinkFree(Exception):
    """Every link was in use for as long as we were ready to wait."""


class Lease:
    """One link for one scan: `async with pool.lease() as link`."""

    def __init__(self, pool: LinkPool) -> None:
        self._pool = pool
        self._link: int | None = None

    async def __aenter__(self) -> int:
        await self._pool.wait()
        try:
            idle = self._pool.idle
            self._link = idle.pop() if idle else await self._pool.open()
        except BaseException:
            self._pool.places.release()
            raise
        return self._link

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._link is not None
        if kind is None or issubclass(kind, ScanFailed):
            self._pool.idle.append(self._link)
            self._pool.places.release()
        else:
            await self._pool.discard(self._link)


class LinkPool:
    def __init__(self, size: int, patience: float) -> None:
        self.places = asyncio.BoundedSemaphore(size)
        self.idle: list[int] = []
        self._patience = patience
        self._open: set[int] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._waiting = 0

    async def wait(self) -> None:
        self._waiting += 1
        try:
            await asyncio.wait_for(self.places.acquire(), self._patience)
        except TimeoutError as exc:
            raise NoLinkFree from exc
        finally:
            self._waiting -= 1

    async def open(self) -> int:
        link = await open_link()
        self._open.add(link)
        return link

    async def discard(self, link: int) -> None:
        """Close a link to the end, whoever leaves meanwhile; then its place is free."""
        self._open.discard(link)
        closing = asyncio.create_task(close_link(link))
        self._closing.add(closing)
        closing.add_done_callback(self._closed)
        await asyncio.shield(closing)

    def _closed(self, closing: asyncio.Task[None]) -> None:
        self._closing.discard(closing)
        self.places.release()

    def link(self) -> Lease:
        return Lease(self)

    def state(self) -> dict[str, int]:
        return {
            "open": len(self._open),
            "idle": len(self.idle),
            "waiting": self._waiting,
        }

    async def close(self) -> None:
        for link in self._open:
            await close_link(link)
        for closing in list(self._closing):
            await closing


pool = LinkPool(3, patience=2.0)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await pool.close()


app = FastAPI(lifespan=lifespan)


class Order(BaseModel):
    aisle: str


@app.post("/scans")
async def scan_aisle(order: Order) -> dict[str, str | list[str]]:
    try:
        async with pool.link() as link:
            pallets = await scan(link, order.aisle)
    except NoLinkFree as exc:
        raise HTTPException(503, "All links are in use") from exc
    except (LinkRefused, LinkBroken, ScanFailed) as exc:
        raise HTTPException(502, "The scanner has failed") from exc
    return {"aisle": order.aisle, "pallets": pallets}


@app.get("/pool")
async def read_pool() -> dict[str, int]:
    return pool.state()

"""A stack of slots: each holds a link, or is a place for one. Full slots come first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel


class NoLinkFree(Exception):
    """Every link was in use for as long as we were ready to wait."""


class LinkPool:
    def __init__(self, size: int, patience: float) -> None:
        self._size = size
        self._patience = patience
        # The higher a slot stands, the sooner it is lent: links before empty places.
        self._slots: asyncio.PriorityQueue[tuple[bool, int]] = asyncio.PriorityQueue()
        for number in range(size):
            self._slots.put_nowait((True, -number))
        self._links: set[int] = set()
        self._busy: set[int] = set()
        self._waiting = 0

    @asynccontextmanager
    async def link(self) -> AsyncIterator[int]:
        self._waiting += 1
        try:
            empty, link = await asyncio.wait_for(self._slots.get(), self._patience)
        except TimeoutError as exc:
            raise NoLinkFree from exc
        finally:
            self._waiting -= 1
        try:
            if empty:
                link = await open_link()
                self._links.add(link)
            self._busy.add(link)
            empty = False
            try:
                yield link
            except LinkBroken:
                empty = True
                self._links.discard(link)
                await close_link(link)
                raise
            finally:
                self._busy.discard(link)
        finally:
            self._slots.put_nowait((empty, link))

    def state(self) -> dict[str, int]:
        return {
            "open": len(self._links),
            "idle": len(self._links - self._busy),
            "waiting": self._waiting,
        }

    async def close(self) -> None:
        await asyncio.gather(*map(close_link, self._links))
        self._links.clear()


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

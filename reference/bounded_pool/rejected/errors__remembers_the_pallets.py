"""A pool that remembers what was read in an aisle, and never looks again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel


class NoLinkFree(Exception):
    """Every link was in use for as long as we were ready to wait."""


class LinkPool:
    """Lends links to scanners.

    Args:
        size: how many may be open.
        patience: seconds that a request waits for a place.
    """

    def __init__(self, size: int, patience: float) -> None:
        self._places = asyncio.Semaphore(size)
        self._patience = patience
        self._idle: list[int] = []
        self._in_use = 0
        self._waiting = 0

    @asynccontextmanager
    async def link(self) -> AsyncIterator[int]:
        """A link for the time of an `async with` block.

        Raises:
            NoLinkFree: there was none for too long.
            LinkRefused: none can be opened.
        """
        await self._wait_for_a_place()
        try:
            link = self._idle.pop() if self._idle else await open_link()
            self._in_use += 1
            try:
                yield link
            except LinkBroken:
                await close_link(link)
                raise
            except BaseException:
                self._idle.append(link)
                raise
            else:
                self._idle.append(link)
            finally:
                self._in_use -= 1
        finally:
            self._places.release()

    async def _wait_for_a_place(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise NoLinkFree from None
        finally:
            self._waiting -= 1

    def state(self) -> dict[str, int]:
        idle = len(self._idle)
        return {"open": idle + self._in_use, "idle": idle, "waiting": self._waiting}

    async def close(self) -> None:
        while self._idle:
            await close_link(self._idle.pop())


pool = LinkPool(3, patience=2.0)
seen: dict[str, list[str]] = {}


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
        if order.aisle not in seen:
            async with pool.link() as link:
                seen[order.aisle] = await scan(link, order.aisle)
    except NoLinkFree as exc:
        raise HTTPException(503, "All links are in use") from exc
    except (LinkRefused, LinkBroken, ScanFailed) as exc:
        raise HTTPException(502, "The scanner has failed") from exc
    return {"aisle": order.aisle, "pallets": seen[order.aisle]}


@app.get("/pool")
async def read_pool() -> dict[str, int]:
    return pool.state()

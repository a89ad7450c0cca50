"""A queue of places lends the empty ones first, though links are idle."""

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
        self._patience = patience
        self._slots: asyncio.Queue[int | None] = asyncio.Queue()
        for _ in range(size):
            self._slots.put_nowait(None)
        self._in_use = 0
        self._waiting = 0

    @asynccontextmanager
    async def link(self) -> AsyncIterator[int]:
        """A link for the time of an `async with` block.

        Raises:
            NoLinkFree: there was none for too long.
            LinkRefused: none can be opened.
        """
        link = await self._wait_for_a_place()
        kept = link
        try:
            link = await open_link() if link is None else link
            kept = link
            self._in_use += 1
            try:
                yield link
            except LinkBroken:
                kept = None
                await close_link(link)
                raise
            finally:
                self._in_use -= 1
        finally:
            self._slots.put_nowait(kept)

    async def _wait_for_a_place(self) -> int | None:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                return await self._slots.get()
        except TimeoutError:
            raise NoLinkFree from None
        finally:
            self._waiting -= 1

    def state(self) -> dict[str, int]:
        idle = len(self._links())
        return {"open": idle + self._in_use, "idle": idle, "waiting": self._waiting}

    def _links(self) -> list[int]:
        held = [self._slots.get_nowait() for _ in range(self._slots.qsize())]
        for link in held:
            self._slots.put_nowait(link)
        return [link for link in held if link is not None]

    async def close(self) -> None:
        for link in self._links():
            await close_link(link)


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

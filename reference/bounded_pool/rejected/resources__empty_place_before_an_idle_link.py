"""Takes the place that came back last, also when it has no link and another has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

from fastapi import FastAPI, HTTPException, Request
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel

PLACES = 3
PATIENCE = 2.0
EMPTY = inf  # a place without a link


class NoPlace(Exception):
    """All links were in use for too long."""


class Pool:
    def __init__(self) -> None:
        self._places: asyncio.LifoQueue[float] = asyncio.LifoQueue()
        for _ in range(PLACES):
            self._places.put_nowait(EMPTY)
        self._open: set[int] = set()
        self._idle: set[int] = set()
        self._waiting = 0
        self._closing: set[asyncio.Task[None]] = set()

    def counts(self) -> dict[str, int]:
        return {
            "open": len(self._open),
            "idle": len(self._idle),
            "waiting": self._waiting,
        }

    async def _take(self) -> float:
        """A place: the number of its link, or EMPTY."""
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE):
                place = await self._places.get()
        except TimeoutError:
            raise NoPlace from None
        finally:
            self._waiting -= 1
        self._idle.discard(place)
        return place

    def _give_back(self, place: float) -> None:
        if place != EMPTY:
            self._idle.add(int(place))
        self._places.put_nowait(place)

    async def _open_link(self) -> int:
        try:
            link = await open_link()
        except BaseException:
            self._give_back(EMPTY)
            raise
        self._open.add(link)
        return link

    async def _close(self, link: int) -> None:
        try:
            await close_link(link)
        finally:
            self._open.discard(link)
            self._give_back(EMPTY)

    async def _retire(self, link: int) -> None:
        # A task: it goes on when the request is cancelled.
        task = asyncio.create_task(self._close(link))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        await asyncio.shield(task)

    @asynccontextmanager
    async def link(self) -> AsyncIterator[int]:
        place = await self._take()
        link = await self._open_link() if place == EMPTY else int(place)
        try:
            yield link
        except LinkBroken:
            await self._retire(link)
            raise
        except BaseException:
            self._give_back(link)
            raise
        else:
            self._give_back(link)

    async def stop(self) -> None:
        """Collect all places, those of running requests as well."""
        places = [await self._places.get() for _ in range(PLACES)]
        links = [int(place) for place in places if place != EMPTY]
        self._idle.clear()
        self._open.clear()
        await asyncio.gather(*map(close_link, links), return_exceptions=True)
        await asyncio.gather(*self._closing)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = Pool()
    try:
        yield
    finally:
        await app.state.pool.stop()


app = FastAPI(lifespan=lifespan)


class Order(BaseModel):
    aisle: str


@app.post("/scans")
async def scan_aisle(order: Order, request: Request) -> dict[str, str | list[str]]:
    pool: Pool = request.app.state.pool
    try:
        async with pool.link() as link:
            pallets = await scan(link, order.aisle)
    except NoPlace:
        raise HTTPException(503, "No link is free") from None
    except (ScanFailed, LinkBroken, LinkRefused) as exc:
        raise HTTPException(502, f"Not scanned: {exc!r}") from exc
    return {"aisle": order.aisle, "pallets": pallets}


@app.get("/pool")
async def read_pool(request: Request) -> dict[str, int]:
    counts: dict[str, int] = request.app.state.pool.counts()
    return counts

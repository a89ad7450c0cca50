"""Wrong: the link of a cancelled scan is closed by a task for which no stop waits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel


class NoPlace(Exception):
    """The wait for a place at a link took too long."""


class Pool:
    """`size` places. A place holds a link, or nothing yet (None).

    A place is in exactly one spot: spare (without link), idle (with link), with a
    request, or on its way to a waiter inside a future.
    """

    def __init__(self, size: int = 3, patience: float = 2.0) -> None:
        self.size = size
        self.patience = patience
        self._spare = size
        self._idle: list[int] = []
        self._waiters: deque[asyncio.Future[int | None]] = deque()
        self._requests = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> int:
        return self.size - self._spare

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def waiting(self) -> int:
        return sum(not waiter.done() for waiter in self._waiters)

    async def scan(self, aisle: str) -> list[str]:
        self._requests += 1
        self._quiet.clear()
        try:
            return await self._scan(aisle)
        finally:
            self._requests -= 1
            if not self._requests:
                self._quiet.set()

    async def _scan(self, aisle: str) -> list[str]:
        link = await self._take(self.patience)
        if link is None:
            try:
                link = await open_link()
            except BaseException:
                self._give(None)
                raise
        try:
            pallets = await scan(link, aisle)
        except LinkBroken:
            await self._discard(link)
            raise
        except asyncio.CancelledError:
            # The request must not be held up: close the link in the background.
            task = asyncio.create_task(self._discard(link))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            raise
        except BaseException:
            self._give(link)
            raise
        self._give(link)
        return pallets

    async def _discard(self, link: int) -> None:
        try:
            await close_link(link)
        finally:
            self._give(None)

    async def _take(self, patience: float | None) -> int | None:
        if self._idle:
            return self._idle.pop()
        if self._spare:
            self._spare -= 1
            return None
        waiter: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(patience):
                return await waiter
        except TimeoutError:
            if waiter.done() and not waiter.cancelled():
                return waiter.result()  # it came at the last moment
            raise NoPlace from None
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._give(waiter.result())
            raise
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _give(self, link: int | None) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(link)
                return
        if link is None:
            self._spare += 1
        else:
            self._idle.append(link)

    async def close(self) -> None:
        """Let the requests end, then close what they left."""
        await self._quiet.wait()
        links, self._idle = self._idle, []
        await asyncio.gather(*map(close_link, links), return_exceptions=True)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = Pool()
    try:
        yield
    finally:
        await app.state.pool.close()


async def the_pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


ThePool = Annotated[Pool, Depends(the_pool)]

app = FastAPI(lifespan=lifespan)


@app.exception_handler(LinkBroken)
@app.exception_handler(LinkRefused)
@app.exception_handler(ScanFailed)
async def bad_gateway(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": type(error).__name__}, 502)


@app.exception_handler(NoPlace)
async def unavailable(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "all links are in use"}, 503)


class Order(BaseModel):
    aisle: str


@app.post("/scans")
async def scan_aisle(order: Order, pool: ThePool) -> dict[str, str | list[str]]:
    return {"aisle": order.aisle, "pallets": await pool.scan(order.aisle)}


@app.get("/pool")
async def read_pool(pool: ThePool) -> dict[str, int]:
    return {"open": pool.open, "idle": pool.idle, "waiting": pool.waiting}

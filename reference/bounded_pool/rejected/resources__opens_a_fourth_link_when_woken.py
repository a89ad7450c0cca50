"""Wrong: who is woken opens a link, although a newcomer may have taken the one."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel

LIMIT = 3
PATIENCE = 2.0


class NoPlace(Exception):
    """Nothing came free in time."""


class Pool:
    def __init__(self) -> None:
        self.open = 0
        self._idle: list[int] = []
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def waiting(self) -> int:
        return sum(not waiter.done() for waiter in self._waiters)

    @asynccontextmanager
    async def link(self) -> AsyncIterator[int]:
        self._users += 1
        self._unused.clear()
        try:
            link = await self._acquire()
            try:
                yield link
            except LinkBroken:
                await self._discard(link)
                raise
            except BaseException:
                self._release(link)
                raise
            self._release(link)
        finally:
            self._users -= 1
            if not self._users:
                self._unused.set()

    async def _acquire(self) -> int:
        if not self._idle and self.open >= LIMIT:
            await self._wait()
        if self._idle:
            return self._idle.pop()
        return await self._open()

    async def _wait(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(PATIENCE):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled():
                self._wake_one()  # it was our turn: pass it on
            if isinstance(error, TimeoutError):
                raise NoPlace from None
            raise
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    async def _open(self) -> int:
        self.open += 1
        try:
            return await open_link()
        except BaseException:
            self.open -= 1
            self._wake_one()
            raise

    async def _discard(self, link: int) -> None:
        try:
            await close_link(link)
        finally:
            self.open -= 1
            self._wake_one()

    def _release(self, link: int) -> None:
        self._idle.append(link)
        self._wake_one()

    def _wake_one(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    async def close(self) -> None:
        await self._unused.wait()
        links, self._idle = self._idle, []
        await asyncio.gather(*map(close_link, links), return_exceptions=True)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    pool = app.state.pool = Pool()
    try:
        yield
    finally:
        await pool.close()


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
        raise HTTPException(503, "All links are in use") from None
    except (ScanFailed, LinkBroken, LinkRefused) as error:
        raise HTTPException(502, type(error).__name__) from error
    return {"aisle": order.aisle, "pallets": pallets}


@app.get("/pool")
async def read_pool(request: Request) -> dict[str, int]:
    pool: Pool = request.app.state.pool
    return {"open": pool.open, "idle": pool.idle, "waiting": pool.waiting}

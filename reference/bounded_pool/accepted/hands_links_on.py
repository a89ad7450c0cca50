"""Links are handed to who waits longest; what one who left was promised goes on."""

import asyncio
from collections import deque
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
        self._places = size
        self._queue: deque[asyncio.Future[int | None]] = deque()
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
        link = await self._take()
        try:
            if link is None:
                link = await open_link()
            self._in_use += 1
            try:
                yield link
            finally:
                self._in_use -= 1
        except LinkBroken:
            broken, link = link, None
            assert broken is not None
            await close_link(broken)
            raise
        finally:
            self._hand_on(link)

    async def _take(self) -> int | None:
        if self._idle:
            return self._idle.pop()
        if self._places:
            self._places -= 1
            return None
        turn: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                return await turn
        except BaseException as exc:
            if turn.done() and not turn.cancelled():
                self._hand_on(turn.result())
            if isinstance(exc, TimeoutError):
                raise NoLinkFree from None
            raise
        finally:
            self._waiting -= 1

    def _hand_on(self, link: int | None) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(link)
                return
        if link is None:
            self._places += 1
        else:
            self._idle.append(link)

    def state(self) -> dict[str, int]:
        idle = len(self._idle)
        return {"open": idle + self._in_use, "idle": idle, "waiting": self._waiting}

    async def close(self) -> None:
        while self._idle:
            await close_link(self._idle.pop())


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

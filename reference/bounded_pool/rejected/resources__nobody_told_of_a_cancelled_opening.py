"""Who waits hears of a link that was refused, not of an opening that was cancelled."""

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
        self._changed = asyncio.Condition()
        self._idle: list[int] = []
        self._open = 0
        self._opening = 0
        self._waiting = 0

    def _free(self) -> bool:
        return bool(self._idle) or self._open + self._opening < self._size

    async def _take(self) -> int:
        async with self._changed:
            self._waiting += 1
            try:
                async with asyncio.timeout(self._patience):
                    await self._changed.wait_for(self._free)
            except TimeoutError:
                raise NoLinkFree from None
            finally:
                self._waiting -= 1
            if self._idle:
                return self._idle.pop()
            self._opening += 1
        try:
            link = await open_link()
        except LinkRefused:
            self._opening -= 1
            await asyncio.shield(self._tell())
            raise
        except BaseException:
            self._opening -= 1
            raise
        self._opening -= 1
        self._open += 1
        return link

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify()

    @asynccontextmanager
    async def link(self) -> AsyncIterator[int]:
        link = await self._take()
        try:
            yield link
        except LinkBroken:
            try:
                await close_link(link)
            finally:
                self._open -= 1
            raise
        except BaseException:
            self._idle.append(link)
            raise
        else:
            self._idle.append(link)
        finally:
            await asyncio.shield(self._tell())

    def state(self) -> dict[str, int]:
        idle = len(self._idle)
        return {"open": self._open, "idle": idle, "waiting": self._waiting}

    async def close(self) -> None:
        async with asyncio.TaskGroup() as group:
            for link in self._idle:
                group.create_task(close_link(link))
        self._idle.clear()


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

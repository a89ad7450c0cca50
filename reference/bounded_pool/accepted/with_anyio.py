"""anyio: a limiter for the places, `fail_after` for the wait, a shield for the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI, HTTPException
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel


class NoLinkFree(Exception):
    """Every link was in use for as long as we were ready to wait."""


class LinkPool:
    def __init__(self, size: int, patience: float) -> None:
        self._places = anyio.CapacityLimiter(size)
        self._patience = patience
        self._idle: list[int] = []
        self._links: set[int] = set()

    @asynccontextmanager
    async def link(self) -> AsyncIterator[int]:
        borrower = object()
        try:
            with anyio.fail_after(self._patience):
                await self._places.acquire_on_behalf_of(borrower)
        except TimeoutError:
            raise NoLinkFree from None
        try:
            link = self._idle.pop() if self._idle else await open_link()
            self._links.add(link)
            try:
                yield link
            except LinkBroken:
                self._links.discard(link)
                with anyio.CancelScope(shield=True):
                    await close_link(link)
                raise
            finally:
                if link in self._links:
                    self._idle.append(link)
        finally:
            self._places.release_on_behalf_of(borrower)

    def state(self) -> dict[str, int]:
        return {
            "open": len(self._links),
            "idle": len(self._idle),
            "waiting": self._places.statistics().tasks_waiting,
        }

    async def close(self) -> None:
        async with anyio.create_task_group() as group:
            for link in self._links:
                group.start_soon(close_link, link)
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

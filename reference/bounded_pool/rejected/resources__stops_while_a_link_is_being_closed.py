"""At the end nobody waits for the tasks that close links."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel

MAX_LINKS = 3
PATIENCE = 2.0


class Links:
    def __init__(self) -> None:
        self.free_places = MAX_LINKS
        self.idle: list[int] = []
        self.open: set[int] = set()
        self.waiting = 0
        self.returned = asyncio.Event()
        self.cleaners: set[asyncio.Task[None]] = set()

    def changed(self) -> None:
        self.returned.set()
        self.returned = asyncio.Event()

    async def wait_for_place(self) -> None:
        self.waiting += 1
        try:
            async with asyncio.timeout(PATIENCE):
                while not self.idle and not self.free_places:
                    await self.returned.wait()
        finally:
            self.waiting -= 1

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[int]:
        await self.wait_for_place()
        if self.idle:
            link = self.idle.pop()
        else:
            self.free_places -= 1
            try:
                link = await open_link()
            except BaseException:
                self.free_places += 1
                self.changed()
                raise
            self.open.add(link)
        try:
            yield link
        except LinkBroken:
            cleaner = asyncio.create_task(self.remove(link))
            self.cleaners.add(cleaner)
            cleaner.add_done_callback(self.cleaners.discard)
            await asyncio.shield(cleaner)
            raise
        except BaseException:
            self.idle.append(link)
            self.changed()
            raise
        self.idle.append(link)
        self.changed()

    async def remove(self, link: int) -> None:
        await close_link(link)
        self.open.discard(link)
        self.free_places += 1
        self.changed()

    async def close_all(self) -> None:
        for link in self.idle:
            await close_link(link)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.links = Links()
    yield
    await app.state.links.close_all()


app = FastAPI(lifespan=lifespan)


class Order(BaseModel):
    aisle: str


@app.post("/scans")
async def scan_aisle(order: Order) -> dict[str, str | list[str]]:
    links: Links = app.state.links
    try:
        async with links.lease() as link:
            pallets = await scan(link, order.aisle)
    except TimeoutError as exc:
        raise HTTPException(503, "No link for 2 s") from exc
    except (ScanFailed, LinkBroken, LinkRefused) as exc:
        raise HTTPException(502, "The aisle was not scanned") from exc
    return {"aisle": order.aisle, "pallets": pallets}


@app.get("/pool")
async def read_pool() -> dict[str, int]:
    links: Links = app.state.links
    return {
        "open": len(links.open),
        "idle": len(links.idle),
        "waiting": links.waiting,
    }

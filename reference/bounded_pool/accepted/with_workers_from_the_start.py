"""Three workers, each with a link of its own once it has had to open one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel

WORKERS = 3
PATIENCE = 2.0


class TooBusy(Exception):
    """No worker took the job in time."""


class Job:
    def __init__(self, aisle: str) -> None:
        self.aisle = aisle
        self.taken = asyncio.Event()  # by a worker
        self.over = asyncio.Event()  # the worker has done with it
        self.abandoned = False
        self.step: asyncio.Task[list[str]] | None = None

    def abandon(self) -> None:
        self.abandoned = True
        if self.step is not None:
            self.step.cancel()


class Worker:
    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.job: Job | None = None
        self.link: int | None = None
        self.opening = False
        self.bell = asyncio.Event()

    def give(self, job: Job) -> None:
        self.job = job
        job.taken.set()
        self.bell.set()

    async def run(self) -> None:
        while True:
            while self.job is not None:
                await self._do(self.job)
                self._done(self.job)
            if self.crew.closed:
                break
            self.bell.clear()
            await self.bell.wait()
        if self.link is not None:
            await close_link(self.link)
            self.link = None

    async def _do(self, job: Job) -> None:
        if job.abandoned:
            return
        # A task of its own, for the request can be cancelled and the worker goes on.
        job.step = asyncio.create_task(self._scan(job.aisle))
        await asyncio.wait([job.step])
        if not job.step.cancelled():
            job.step.exception()  # seen, also if nobody asks any more

    def _done(self, job: Job) -> None:
        self.job = None
        if self.crew.queue:
            self.give(self.crew.queue.popleft())
        job.over.set()

    async def _scan(self, aisle: str) -> list[str]:
        if self.link is None:
            self.opening = True
            try:
                self.link = await open_link()
            finally:
                self.opening = False
        try:
            return await scan(self.link, aisle)
        except LinkBroken:
            try:
                await close_link(self.link)
            finally:
                self.link = None
            raise


class Crew:
    def __init__(self) -> None:
        self.closed = False
        self.queue: deque[Job] = deque()
        self.workers = [Worker(self) for _ in range(WORKERS)]
        self._tasks = [asyncio.create_task(worker.run()) for worker in self.workers]

    async def scan(self, aisle: str) -> list[str]:
        job = Job(aisle)
        try:
            self._submit(job)
            await self._wait_for_worker(job)
            await job.over.wait()
        except asyncio.CancelledError:
            if job in self.queue:
                self.queue.remove(job)
            else:
                job.abandon()
                await job.over.wait()
            raise
        assert job.step is not None
        return job.step.result()

    def _submit(self, job: Job) -> None:
        if self.closed:
            raise TooBusy
        free = [worker for worker in self.workers if worker.job is None]
        if free:
            max(free, key=lambda worker: worker.link is not None).give(job)
        else:
            self.queue.append(job)

    async def _wait_for_worker(self, job: Job) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await job.taken.wait()
        except TimeoutError:
            if not job.taken.is_set():
                self.queue.remove(job)
                raise TooBusy from None

    async def close(self) -> None:
        """Let the workers finish what was begun, then close their links."""
        self.closed = True
        for worker in self.workers:
            worker.bell.set()
        await asyncio.gather(*self._tasks)


crew: Crew | None = None


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    global crew
    crew = Crew()
    try:
        yield
    finally:
        await crew.close()


app = FastAPI(lifespan=lifespan)


class Order(BaseModel):
    aisle: str


@app.post("/scans")
async def scan_aisle(order: Order) -> dict[str, str | list[str]]:
    if crew is None:
        raise HTTPException(503, "Not started")
    try:
        pallets = await crew.scan(order.aisle)
    except TooBusy:
        raise HTTPException(503, "All links are in use") from None
    except (LinkBroken, LinkRefused, ScanFailed) as error:
        raise HTTPException(502, type(error).__name__) from error
    return {"aisle": order.aisle, "pallets": pallets}


@app.get("/pool")
async def read_pool() -> dict[str, int]:
    workers = crew.workers if crew else []
    links = [one for one in workers if one.opening or one.link is not None]
    return {
        "open": len(links),
        "idle": sum(one.job is None for one in links),
        "waiting": len(crew.queue) if crew else 0,
    }

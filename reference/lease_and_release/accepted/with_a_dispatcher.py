"""Labels are printed by tasks of a dispatcher that was there before the requests."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException
from given import (
    NoPrinterFree,
    PaperJam,
    WarmUpFailed,
    acquire,
    list_printers,
    print_label,
    release,
    warm_up,
)
from pydantic import BaseModel

PATIENCE = 2.0


class TooSlow(Exception):
    """The label took too long."""


async def _print(text: str) -> Any:
    lease = await acquire()
    try:
        await warm_up(lease)
        try:
            async with asyncio.timeout(PATIENCE) as limit:
                return await print_label(lease, text)
        except TimeoutError as exc:
            if limit.expired():
                raise TooSlow from exc
            raise
    finally:
        await release(lease)


class Job:
    def __init__(self, text: str) -> None:
        self.text = text
        self.begun = asyncio.Event()
        self.task: asyncio.Task[Any] | None = None


class Dispatcher:
    def __init__(self) -> None:
        self.jobs: deque[Job] = deque()
        self.bell = asyncio.Event()

    async def run(self) -> None:
        while True:
            await self.bell.wait()
            self.bell.clear()
            while self.jobs:
                job = self.jobs.popleft()
                job.task = asyncio.create_task(_print(job.text))
                job.begun.set()

    async def order(self, text: str) -> Any:
        job = Job(text)
        self.jobs.append(job)
        self.bell.set()
        try:
            await job.begun.wait()
        except asyncio.CancelledError:
            if job.task is None:
                self.jobs.remove(job)
            else:
                await _end(job.task)
            raise
        assert job.task is not None
        try:
            await asyncio.wait([job.task])
        except asyncio.CancelledError:
            await _end(job.task)
            raise
        return job.task.result()


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()


dispatcher: Dispatcher | None = None


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    global dispatcher
    dispatcher = Dispatcher()
    task = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


app = FastAPI(lifespan=lifespan)


class Label(BaseModel):
    text: str


@app.post("/labels", status_code=201)
async def label(new: Label) -> dict[str, Any]:
    assert dispatcher is not None
    try:
        return {"job": await dispatcher.order(new.text)}
    except NoPrinterFree as exc:
        raise HTTPException(503, "No printer is free") from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502, "The printer has failed") from exc
    except TooSlow as exc:
        raise HTTPException(504, "It takes too long") from exc
    except Exception as exc:
        raise HTTPException(500, "Something went wrong") from exc


@app.get("/printers")
async def printers() -> Any:
    return await list_printers()

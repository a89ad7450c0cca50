"""Worker threads take jobs from a queue, and end with the service."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from given import (
    PrinterError,
    Visitor,
    VisitorNotFound,
    find_visitor,
    fingerprint,
    print_badge,
)

Job = tuple[asyncio.Future[str], int]
jobs: queue.Queue[Job | None] = queue.Queue()


def work(loop: asyncio.AbstractEventLoop) -> None:
    """Print until the service stops."""
    while (job := jobs.get()) is not None:
        printed, badge_id = job
        try:
            loop.call_soon_threadsafe(printed.set_result, print_badge(badge_id))
        except PrinterError as exc:
            loop.call_soon_threadsafe(printed.set_exception, exc)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    workers = [threading.Thread(target=work, args=(loop,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    yield
    for _ in workers:
        jobs.put(None)
    for worker in workers:
        await asyncio.to_thread(worker.join)


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/visitors/{visitor_id}")
async def read_visitor(visitor_id: int) -> Visitor:
    try:
        return await find_visitor(visitor_id)
    except VisitorNotFound:
        raise HTTPException(404, "No such visitor") from None


@app.post("/badges/{badge_id}/print", status_code=201)
async def print_one(badge_id: int) -> dict[str, int | str]:
    printed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    jobs.put((printed, badge_id))
    try:
        job = await printed
    except PrinterError as exc:
        raise HTTPException(502, "The printer failed") from exc
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint(badge_id)}

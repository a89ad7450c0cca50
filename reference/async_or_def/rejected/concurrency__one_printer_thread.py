"""Wrong: a pool of one thread prints one badge after the other."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    printer.shutdown()


printer = ThreadPoolExecutor(max_workers=1)
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
    loop = asyncio.get_running_loop()
    try:
        job = await loop.run_in_executor(printer, print_badge, badge_id)
    except PrinterError as exc:
        raise HTTPException(502, "The printer failed") from exc
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint(badge_id)}

"""Lookups of one visitor share a task, and who leaves cancels it."""

import asyncio

from fastapi import FastAPI, HTTPException
from given import (
    PrinterError,
    Visitor,
    VisitorNotFound,
    find_visitor,
    fingerprint,
    print_badge,
)

app = FastAPI()

_lookups: dict[int, asyncio.Task[Visitor]] = {}


async def look_up(visitor_id: int) -> Visitor:
    """Ask the directory; requests that overlap share one question."""
    task = _lookups.get(visitor_id)
    if task is None:
        task = asyncio.create_task(find_visitor(visitor_id))
        _lookups[visitor_id] = task
        task.add_done_callback(lambda _: _lookups.pop(visitor_id, None))
    return await task


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/visitors/{visitor_id}")
async def read_visitor(visitor_id: int) -> Visitor:
    try:
        return await look_up(visitor_id)
    except VisitorNotFound:
        raise HTTPException(404, "No such visitor is expected") from None


@app.post("/badges/{badge_id}/print", status_code=201)
def print_one(badge_id: int) -> dict[str, int | str]:
    try:
        job = print_badge(badge_id)
    except PrinterError as error:
        raise HTTPException(502, f"The printer failed: {error}") from error
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint(badge_id)}

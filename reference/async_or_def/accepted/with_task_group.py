"""A task group around the thread; what fails in it is told after it."""

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
    failed = False
    try:
        async with asyncio.TaskGroup() as group:
            printing = group.create_task(asyncio.to_thread(print_badge, badge_id))
    except* PrinterError:
        failed = True
    if failed:
        raise HTTPException(502, "The printer failed")
    return {"badge": badge_id, "job": printing.result()}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint(badge_id)}

"""A semaphore lets two badges to the printer; a fingerprint is computed once."""

import asyncio
from functools import lru_cache

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
printer = asyncio.Semaphore(2)
# A badge has the same fingerprint whenever it is computed.
fingerprint_of = lru_cache(fingerprint)


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
    try:
        async with printer:
            job = await asyncio.to_thread(print_badge, badge_id)
    except PrinterError as exc:
        raise HTTPException(502, "The printer failed") from exc
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint_of(badge_id)}

"""A pool for each print: given up, the request joins its thread on the loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

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
        raise HTTPException(404, "No such visitor is expected") from None


@app.post("/badges/{badge_id}/print", status_code=201)
async def print_one(badge_id: int) -> dict[str, int | str]:
    loop = asyncio.get_running_loop()
    try:
        # A thread of our own per badge: fingerprints cannot take it from the printer.
        with ThreadPoolExecutor(max_workers=1) as printer:
            job = await loop.run_in_executor(printer, print_badge, badge_id)
    except PrinterError as error:
        raise HTTPException(502, f"The printer failed: {error}") from error
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint(badge_id)}

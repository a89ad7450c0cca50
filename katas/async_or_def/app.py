"""Visitor badges at a gate. Write the four endpoints that README.md describes.

For each one, decide first: `async def` or `def`?
"""

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
    # TODO: answer {"status": "ok"}
    raise HTTPException(501, "Not written yet")


@app.get("/visitors/{visitor_id}")
async def read_visitor(visitor_id: int) -> Visitor:
    # TODO: ask the directory with find_visitor; 404 on VisitorNotFound
    raise HTTPException(501, "Not written yet")


@app.post("/badges/{badge_id}/print", status_code=201)
async def print_one(badge_id: int) -> dict[str, int | str]:
    # TODO: print with print_badge; 502 on PrinterError. Is `async def` right here?
    raise HTTPException(501, "Not written yet")


@app.get("/badges/{badge_id}/fingerprint")
async def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    # TODO: compute it with fingerprint. Is `async def` right here?
    raise HTTPException(501, "Not written yet")

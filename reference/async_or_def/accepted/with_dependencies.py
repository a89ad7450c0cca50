"""Dependencies do the calls: an async one on the loop, `def` ones in threads."""

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from given import (
    PrinterError,
    Visitor,
    VisitorNotFound,
    find_visitor,
    fingerprint,
    print_badge,
)

app = FastAPI()


async def visitor_of(visitor_id: int) -> Visitor:
    try:
        return await find_visitor(visitor_id)
    except VisitorNotFound as exc:
        raise HTTPException(404, f"No visitor {visitor_id}") from exc


def job_of(badge_id: int) -> str:
    try:
        return print_badge(badge_id)
    except PrinterError as exc:
        raise HTTPException(502, str(exc)) from exc


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/visitors/{visitor_id}")
async def read_visitor(visitor: Annotated[Visitor, Depends(visitor_of)]) -> Visitor:
    return visitor


@app.post("/badges/{badge_id}/print", status_code=201)
async def print_one(
    badge_id: int, job: Annotated[str, Depends(job_of)]
) -> dict[str, int | str]:
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
async def read_fingerprint(
    badge_id: int, digits: Annotated[str, Depends(fingerprint)]
) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": digits}

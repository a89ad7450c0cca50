"""The thread computes the badge that was asked for last, once its turn comes."""

from fastapi import FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool
from given import (
    PrinterError,
    Visitor,
    VisitorNotFound,
    find_visitor,
    fingerprint,
    print_badge,
)

app = FastAPI()
app.state.badge = 0


def compute() -> str:
    return fingerprint(app.state.badge)


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
def print_one(badge_id: int) -> dict[str, int | str]:
    try:
        job = print_badge(badge_id)
    except PrinterError as exc:
        raise HTTPException(502, "The printer failed") from exc
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
async def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    app.state.badge = badge_id
    return {"badge": badge_id, "fingerprint": await run_in_threadpool(compute)}

"""Wrong: answers at once and prints later, so nobody learns the job or the failure."""

from fastapi import BackgroundTasks, FastAPI, HTTPException
from given import (
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
def print_one(badge_id: int, later: BackgroundTasks) -> dict[str, int | str]:
    later.add_task(print_badge, badge_id)
    return {"badge": badge_id, "job": "queued"}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint(badge_id)}

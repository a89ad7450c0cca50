"""Wrong: the handler of an error is `def`, and waits for a thread like a badge."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from given import (
    PrinterError,
    Visitor,
    VisitorNotFound,
    find_visitor,
    fingerprint,
    print_badge,
)

app = FastAPI()


@app.exception_handler(VisitorNotFound)
def nobody_knows(request: Request, error: VisitorNotFound) -> JSONResponse:
    return JSONResponse({"detail": f"No visitor {error}"}, 404)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/visitors/{visitor_id}")
async def read_visitor(visitor_id: int) -> Visitor:
    return await find_visitor(visitor_id)


@app.post("/badges/{badge_id}/print", status_code=201)
def print_one(badge_id: int) -> dict[str, int | str]:
    try:
        job = print_badge(badge_id)
    except PrinterError as exc:
        raise HTTPException(502, "The printer failed") from exc
    return {"badge": badge_id, "job": job}


@app.get("/badges/{badge_id}/fingerprint")
def read_fingerprint(badge_id: int) -> dict[str, int | str]:
    return {"badge": badge_id, "fingerprint": fingerprint(badge_id)}

"""An executor that lives as long as the service does, and a router of class methods."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import given
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse


class Badges:
    """The badge endpoints, on threads that are closed with the service."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(8, thread_name_prefix="badges")
        self.router = APIRouter(prefix="/badges")
        self.router.post("/{badge_id}/print", status_code=201)(self.print_one)
        self.router.get("/{badge_id}/fingerprint")(self.read_fingerprint)

    async def _in_thread(self, call: Callable[[int], str], badge_id: int) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, call, badge_id)

    async def print_one(self, badge_id: int) -> dict[str, Any]:
        job = await self._in_thread(given.print_badge, badge_id)
        return {"badge": badge_id, "job": job}

    async def read_fingerprint(self, badge_id: int) -> dict[str, Any]:
        digits = await self._in_thread(given.fingerprint, badge_id)
        return {"badge": badge_id, "fingerprint": digits}


badges = Badges()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with badges.threads:
        yield


app = FastAPI(lifespan=lifespan)
app.include_router(badges.router)


@app.exception_handler(given.PrinterError)
async def printer_failed(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"detail": "The printer failed"}, 502)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/visitors/{visitor_id}")
async def read_visitor(visitor_id: int) -> dict[str, Any]:
    try:
        visitor = await given.find_visitor(visitor_id)
    except given.VisitorNotFound:
        raise HTTPException(404) from None
    return {"id": visitor.id, "name": visitor.name, "company": visitor.company}

"""Thirty threads for all, and couriers who wait keep them from answering `/health`."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.from_thread
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from given import Status, scan_status


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = 30
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = time.monotonic()
    while True:
        status = anyio.from_thread.run(scan_status, parcel_id)
        left = began + max_wait - time.monotonic()
        if status == "scanned" or left <= 0:
            return {"status": status, "waited": time.monotonic() - began}
        time.sleep(min(0.5, left))

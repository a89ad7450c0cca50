"""A coroutine that waits for ever, and `wait_for` that does not."""

import asyncio
from time import perf_counter

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


async def scanned(parcel_id: int) -> None:
    while await scan_status(parcel_id) != "scanned":  # noqa: ASYNC110
        await asyncio.sleep(0.5)


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = perf_counter()
    status: Status = "scanned"
    try:
        await asyncio.wait_for(scanned(parcel_id), max_wait)
    except asyncio.TimeoutError:  # noqa: UP041
        status = "pending"
    return {"status": status, "waited": round(perf_counter() - began, 3)}

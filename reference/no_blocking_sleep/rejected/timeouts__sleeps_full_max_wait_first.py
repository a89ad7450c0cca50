"""Wrong: looks once, sleeps for all of `max_wait`, looks again."""

import asyncio

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    status = await scan_status(parcel_id)
    if status == "scanned":
        return {"status": status, "waited": 0.0}
    await asyncio.sleep(max_wait)
    return {"status": await scan_status(parcel_id), "waited": max_wait}

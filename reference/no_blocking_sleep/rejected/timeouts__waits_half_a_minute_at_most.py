"""No wait is longer than thirty seconds, whatever `max_wait` says."""

import asyncio
import time

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = time.monotonic()
    limit = min(max_wait, 30.0)
    while True:
        status = await scan_status(parcel_id)
        waited = time.monotonic() - began
        if status == "scanned" or waited >= limit:
            return {"status": status, "waited": waited}
        await asyncio.sleep(min(0.5, limit - waited))

"""Whoever has waited for five seconds is asked for once a second only."""

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
    while True:
        status = await scan_status(parcel_id)
        waited = time.monotonic() - began
        if status == "scanned" or waited >= max_wait:
            return {"status": status, "waited": waited}
        pause = 0.5 if waited < 5 else 1.0
        await asyncio.sleep(min(pause, max_wait - waited))

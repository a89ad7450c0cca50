"""The parcel of the last request stands where every request looks for its own."""

import asyncio
import time

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()
current: dict[str, int] = {}


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    current["parcel"] = parcel_id
    began = time.monotonic()
    while True:
        status = await scan_status(current["parcel"])
        waited = time.monotonic() - began
        if status == "scanned" or waited >= max_wait:
            return {"status": status, "waited": waited}
        await asyncio.sleep(min(0.5, max_wait - waited))

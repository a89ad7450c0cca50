"""Wrong: waits for the scan, however long it takes."""

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
    while (status := await scan_status(parcel_id)) == "pending":
        await asyncio.sleep(0.5)
    return {"status": status, "waited": time.monotonic() - began}

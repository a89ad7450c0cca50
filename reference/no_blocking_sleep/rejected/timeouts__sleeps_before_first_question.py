"""Wrong: sleeps before it asks for the first time."""

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
    status: Status = "pending"
    while status == "pending" and (left := began + max_wait - time.monotonic()) > 0:
        await asyncio.sleep(min(0.5, left))
        status = await scan_status(parcel_id)
    return {"status": status, "waited": time.monotonic() - began}

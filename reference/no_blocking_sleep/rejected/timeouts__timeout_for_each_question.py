"""Wrong: every question gets a timeout of its own; all together have none."""

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
    while status == "pending":
        try:
            async with asyncio.timeout(max_wait):
                status = await scan_status(parcel_id)
                await asyncio.sleep(0 if status == "scanned" else 0.5)
        except TimeoutError:
            break
    return {"status": status, "waited": time.monotonic() - began}

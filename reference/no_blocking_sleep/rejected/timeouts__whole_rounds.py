"""It asks as often as whole half seconds fit in, and not in what is left."""

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
    for _ in range(max(1, int(max_wait / 0.5))):
        if await scan_status(parcel_id) == "scanned":
            return {"status": "scanned", "waited": time.monotonic() - began}
        left = max_wait - (time.monotonic() - began)
        await asyncio.sleep(max(0.0, min(0.5, left)))
    await asyncio.sleep(max(0.0, max_wait - (time.monotonic() - began)))
    return {"status": "pending", "waited": time.monotonic() - began}

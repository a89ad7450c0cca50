"""Wrong: asks once more for the answer, right after the last question."""

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
    started = time.monotonic()
    deadline = started + max_wait
    while (
        await scan_status(parcel_id) == "pending"
        and (left := deadline - time.monotonic()) > 0
    ):
        await asyncio.sleep(min(0.5, left))
    return {
        "status": await scan_status(parcel_id),
        "waited": time.monotonic() - started,
    }

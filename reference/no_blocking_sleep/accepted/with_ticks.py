"""Counts what it slept instead of reading a clock."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


async def ticks(every: float, limit: float) -> AsyncIterator[float]:
    """The seconds slept so far: at once, then after each sleep, up to the limit."""
    waited = 0.0
    yield waited
    while waited < limit:
        pause = min(every, limit - waited)
        await asyncio.sleep(pause)
        waited += pause
        yield waited


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    waited = 0.0
    async for waited in ticks(0.5, max_wait):
        if await scan_status(parcel_id) == "scanned":
            return {"status": "scanned", "waited": waited}
    return {"status": "pending", "waited": waited}

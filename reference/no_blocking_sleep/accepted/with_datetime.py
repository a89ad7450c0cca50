"""Reads the date instead of a clock, and waits for an event that never comes."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = datetime.now(UTC)
    never = asyncio.Event()
    while True:
        status = await scan_status(parcel_id)
        waited = (datetime.now(UTC) - began).total_seconds()
        if status == "scanned" or waited >= max_wait:
            return {"status": status, "waited": waited}
        with suppress(TimeoutError):
            await asyncio.wait_for(never.wait(), min(0.5, max_wait - waited))

"""A polling task in a group sets an event; the request waits for the event."""

import asyncio
import time
from contextlib import suppress

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


async def watch(parcel_id: int, scanned: asyncio.Event) -> None:
    while await scan_status(parcel_id) == "pending":  # noqa: ASYNC110
        await asyncio.sleep(0.5)
    scanned.set()


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = time.monotonic()
    scanned = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        watcher = group.create_task(watch(parcel_id, scanned))
        with suppress(TimeoutError):
            await asyncio.wait_for(scanned.wait(), max_wait)
        watcher.cancel()
    status: Status = "scanned" if scanned.is_set() else "pending"
    return {"status": status, "waited": time.monotonic() - began}

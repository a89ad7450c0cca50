"""Wrong: the task that polls is never told that nobody waits any more."""

import asyncio
import time

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


watchers: set[asyncio.Task[None]] = set()


async def watch(parcel_id: int) -> None:
    while await scan_status(parcel_id) == "pending":
        await asyncio.sleep(0.5)


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = time.monotonic()
    watcher = asyncio.create_task(watch(parcel_id))
    watchers.add(watcher)
    watcher.add_done_callback(watchers.discard)
    done, _ = await asyncio.wait({watcher}, timeout=max_wait)
    status: Status = "scanned" if done else "pending"
    return {"status": status, "waited": time.monotonic() - began}

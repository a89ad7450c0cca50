"""Wrong: who may wait as long as another courier is sent away with that one."""

import asyncio
import time
from collections import Counter

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


Wait = tuple[int, float]
waits: dict[Wait, asyncio.Task[Status]] = {}
couriers: Counter[Wait] = Counter()


async def ask_until(parcel_id: int, end: float) -> Status:
    while True:
        status = await scan_status(parcel_id)
        left = end - time.monotonic()
        if status == "scanned" or left <= 0:
            return status
        await asyncio.sleep(min(0.5, left))


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = time.monotonic()
    own = parcel_id, max_wait
    if own not in waits:
        waits[own] = asyncio.create_task(ask_until(parcel_id, began + max_wait))
    couriers[own] += 1
    try:
        status = await asyncio.shield(waits[own])
    finally:
        couriers[own] -= 1
        if not couriers[own]:
            del couriers[own]
            asking = waits.pop(own)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
    return {"status": status, "waited": time.monotonic() - began}

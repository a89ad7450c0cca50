"""Every request starts the same stopwatch anew."""

import asyncio
import time

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


class Stopwatch:
    def __init__(self) -> None:
        self.began = time.monotonic()

    def restart(self) -> None:
        self.began = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.began


watch = Stopwatch()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    watch.restart()
    while True:
        status = await scan_status(parcel_id)
        waited = watch.elapsed()
        if status == "scanned" or waited >= max_wait:
            return {"status": status, "waited": waited}
        await asyncio.sleep(max(0.0, min(0.5, max_wait - waited)))

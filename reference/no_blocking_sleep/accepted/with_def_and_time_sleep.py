"""A plain `def` endpoint: its thread may sleep, and asks the depot through the loop."""

import time

import anyio.from_thread
from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = time.monotonic()
    while True:
        status = anyio.from_thread.run(scan_status, parcel_id)
        left = began + max_wait - time.monotonic()
        if status == "scanned" or left <= 0:
            return {"status": status, "waited": time.monotonic() - began}
        time.sleep(min(0.5, left))

"""Wrong: whoever would wait for longer than two minutes is sent away after them."""

import time

import anyio
from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = time.monotonic()
    status = await scan_status(parcel_id)
    with anyio.move_on_after(min(max_wait, 120)):
        while status == "pending":
            await anyio.sleep(0.5)
            status = await scan_status(parcel_id)
    return {"status": status, "waited": time.monotonic() - began}

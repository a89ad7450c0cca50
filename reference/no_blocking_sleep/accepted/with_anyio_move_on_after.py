"""A cancel scope of anyio and its clock."""

import anyio
from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    began = anyio.current_time()
    status: Status = "pending"
    with anyio.move_on_after(max_wait):
        while status == "pending":
            status = await scan_status(parcel_id)
            if status == "pending":
                await anyio.sleep(0.5)
    return {"status": status, "waited": anyio.current_time() - began}

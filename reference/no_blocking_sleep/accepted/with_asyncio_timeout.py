"""`asyncio.timeout` around an endless loop."""

import asyncio

from fastapi import FastAPI
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    status: Status = "pending"
    try:
        async with asyncio.timeout(max_wait):
            while (status := await scan_status(parcel_id)) == "pending":  # noqa: ASYNC110
                await asyncio.sleep(0.5)
    except TimeoutError:
        pass
    return {"status": status, "waited": loop.time() - began}

"""Tell me when my parcel is scanned. Write the endpoints that README.md describes."""

from fastapi import FastAPI, HTTPException
from given import Status, scan_status

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    # TODO: answer {"status": "ok"}
    raise HTTPException(501, "Not written yet")


@app.get("/parcels/{parcel_id}/wait")
async def wait(parcel_id: int, max_wait: float = 10.0) -> dict[str, Status | float]:
    # TODO: ask the depot with scan_status, sleep, ask again ... until max_wait is over
    raise HTTPException(501, "Not written yet")

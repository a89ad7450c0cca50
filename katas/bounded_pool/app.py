"""Scanner links. Write the pool that README.md describes, and the two endpoints."""

import asyncio

from fastapi import FastAPI, HTTPException
from given import LinkBroken, LinkRefused, ScanFailed, close_link, open_link, scan
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    aisle: str


@app.post("/scans")
async def scan_aisle(order: Order) -> dict[str, str | list[str]]:
    # TODO: scan the aisle through one of at most three links
    raise HTTPException(501, "Not written yet")


@app.get("/pool")
async def read_pool() -> dict[str, int]:
    # TODO: answer {"open": …, "idle": …, "waiting": …}
    raise HTTPException(501, "Not written yet")


# TODO: close the links when the service stops

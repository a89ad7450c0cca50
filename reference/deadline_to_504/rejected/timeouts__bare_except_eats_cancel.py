"""Wrong: a bare `except` takes a cancelled request for a slow timetable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(base_url=TIMETABLE_URL) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/departures/{station}")
async def departures(station: str, fallback: str | None = None) -> Any:
    try:
        async with asyncio.timeout(2):
            response = await app.state.client.get(f"/departures/{station}")
    except httpx.HTTPError as exc:
        raise HTTPException(502) from exc
    except:  # noqa: E722
        if fallback == "cache":
            rows = await last_departures(station)
            return {"station": station, "departures": rows, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, 504)
    if response.status_code == 404:
        raise HTTPException(404)
    try:
        trains = response.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError) as exc:
        raise HTTPException(502) from exc
    return {"station": station, "departures": board(trains), "stale": False}

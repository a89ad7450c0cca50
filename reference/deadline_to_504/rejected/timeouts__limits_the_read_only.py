"""Wrong: connecting may take for ever."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(
        base_url=TIMETABLE_URL, timeout=httpx.Timeout(None, read=2.0)
    ) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/departures/{station}")
async def departures(station: str, fallback: str | None = None) -> Any:
    try:
        response = await app.state.client.get(f"/departures/{station}")
    except httpx.TimeoutException:
        if fallback == "cache":
            rows = await last_departures(station)
            return {"station": station, "departures": rows, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, 504)
    except httpx.HTTPError as exc:
        raise HTTPException(502) from exc
    if response.status_code == 404:
        raise HTTPException(404)
    try:
        trains = response.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError) as exc:
        raise HTTPException(502) from exc
    return {"station": station, "departures": board(trains), "stale": False}

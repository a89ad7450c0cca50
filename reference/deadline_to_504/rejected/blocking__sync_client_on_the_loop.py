"""Wrong: a synchronous call holds up every other station."""

from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures

app = FastAPI()


@app.get("/departures/{station}")
async def departures(station: str, fallback: str | None = None) -> Any:
    url = f"{TIMETABLE_URL}/departures/{station}"
    try:
        response = httpx.get(url, timeout=2.0)
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

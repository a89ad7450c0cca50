"""httpx's own timeouts, its exceptions caught from the narrow to the wide."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(base_url=TIMETABLE_URL, timeout=2.0) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/departures/{station}")
async def departures(station: str, fallback: str | None = None) -> Any:
    client: httpx.AsyncClient = app.state.client
    try:
        response = await client.get(f"/departures/{station}")
        response.raise_for_status()
        trains = response.json()
    except httpx.TimeoutException:
        if fallback == "cache":
            cached = await last_departures(station)
            return {"station": station, "departures": cached, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, status_code=504)
    except httpx.HTTPStatusError as exc:
        status = 404 if exc.response.status_code == 404 else 502
        raise HTTPException(status) from exc
    except (httpx.RequestError, ValueError) as exc:
        raise HTTPException(502) from exc
    return {"station": station, "departures": board(trains), "stale": False}

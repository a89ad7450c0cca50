"""Wrong: the timetable's own 504 is passed on as if our 2 s were over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures

DEADLINE = 2.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    async with httpx.AsyncClient(base_url=TIMETABLE_URL) as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


@app.get("/departures/{station}")
async def departures(
    station: str, request: Request, fallback: str | None = None
) -> Any:
    client: httpx.AsyncClient = request.state.client
    try:
        async with asyncio.timeout(DEADLINE):
            response = await client.get(f"/departures/{station}", timeout=None)
    except TimeoutError:
        if fallback == "cache":
            rows = await last_departures(station)
            return {"station": station, "departures": rows, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, 504)
    except httpx.HTTPError as exc:
        raise HTTPException(502, "The timetable cannot be reached") from exc
    if response.status_code == 504:
        return JSONResponse({"error": "upstream_timeout"}, 504)
    if response.status_code == 404:
        raise HTTPException(404, "No such station")
    try:
        trains = response.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError) as exc:
        raise HTTPException(502, "The timetable makes no sense") from exc
    return {"station": station, "departures": board(trains), "stale": False}

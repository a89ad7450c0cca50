"""Wrong: one kind of timeout is a timeout; one while it connects is a bad gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(timeout=httpx.Timeout(2.0)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/departures/{station}")
async def departures(
    request: Request, station: str, fallback: str | None = None
) -> Any:
    client: httpx.AsyncClient = request.app.state.client
    try:
        response = await client.get(f"{TIMETABLE_URL}/departures/{station}")
    except httpx.ReadTimeout:
        if fallback == "cache":
            last = await last_departures(station)
            return {"station": station, "departures": last, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, status_code=504)
    except httpx.RequestError as error:
        raise HTTPException(502, "The timetable cannot be reached") from error

    if response.status_code == 404:
        raise HTTPException(404, "No such station")
    if response.status_code >= 500:
        raise HTTPException(502, "The timetable failed")
    try:
        trains = response.json()
    except ValueError as error:
        raise HTTPException(502, "The timetable sent no JSON") from error
    return {"station": station, "departures": board(trains), "stale": False}

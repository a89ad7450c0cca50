"""Ten connections for all: ten silent requests hold them, and the next one waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Be kind to the timetable: it belongs to somebody else.
    limits = httpx.Limits(max_connections=10, max_keepalive_connections=10)
    async with httpx.AsyncClient(timeout=None, limits=limits) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/departures/{station}")
async def departures(
    station: str, request: Request, fallback: str | None = None
) -> Any:
    client: httpx.AsyncClient = request.app.state.client
    url = f"{TIMETABLE_URL}/departures/{quote(station, safe='')}"
    try:
        async with asyncio.timeout(2.0):
            response = await client.get(url)
    except (TimeoutError, httpx.TimeoutException):
        if fallback == "cache":
            cached = await last_departures(station)
            return {"station": station, "departures": cached, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, status_code=504)
    except httpx.RequestError as error:
        raise HTTPException(502, "Timetable unreachable") from error
    if response.status_code == 404:
        raise HTTPException(404, "No such station")
    if not response.is_success:
        raise HTTPException(502, "Timetable out of order")
    try:
        trains = response.json()
    except ValueError as error:
        raise HTTPException(502, "Timetable sent no JSON") from error
    return {"station": station, "departures": board(trains), "stale": False}

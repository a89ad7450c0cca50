"""Wrong: a list without trains is taken for no answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(
        timeout=None, limits=httpx.Limits(max_connections=None)
    ) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def ask(client: httpx.AsyncClient, station: str) -> Any:
    """The trains of a station, or None if the timetable keeps silent."""
    try:
        async with asyncio.timeout(2.0):
            answer = await client.get(f"{TIMETABLE_URL}/departures/{station}")
    except TimeoutError:
        return None
    except httpx.RequestError as error:
        raise HTTPException(502, "The timetable cannot be reached") from error
    if answer.status_code == 404:
        raise HTTPException(404, "No such station")
    if not answer.is_success:
        raise HTTPException(502, "The timetable is in trouble")
    try:
        return answer.json()
    except ValueError as error:
        raise HTTPException(502, "The timetable sends no JSON") from error


@app.get("/departures/{station}")
async def departures(
    station: str, request: Request, fallback: str | None = None
) -> Any:
    trains = await ask(request.app.state.client, station)
    if not trains:
        if fallback == "cache":
            rows = await last_departures(station)
            return {"station": station, "departures": rows, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, 504)
    return {"station": station, "departures": board(trains), "stale": False}

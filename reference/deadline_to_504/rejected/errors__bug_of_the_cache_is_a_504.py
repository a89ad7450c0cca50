"""Whatever goes wrong in the cache becomes the 504."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures

PATIENCE = 2.0

# Reading the certificates takes a while; so it is done once, at import.
_tls = httpx.create_ssl_context()

app = FastAPI()


class Silent(Exception):
    """The timetable has not answered in time."""


async def ask_timetable(station: str) -> httpx.Response:
    try:
        async with (
            asyncio.timeout(PATIENCE),
            httpx.AsyncClient(verify=_tls, timeout=None) as client,
        ):
            return await client.get(f"{TIMETABLE_URL}/departures/{station}")
    except (TimeoutError, httpx.TimeoutException):
        raise Silent from None
    except httpx.RequestError as error:
        raise HTTPException(502, "The timetable cannot be reached") from error


def trains_of(response: httpx.Response) -> list[dict[str, str]]:
    if response.status_code == 404:
        raise HTTPException(404, "No such station")
    if response.status_code != 200:
        raise HTTPException(502, f"The timetable answered {response.status_code}")
    try:
        trains = response.json()
    except ValueError as error:
        raise HTTPException(502, "The timetable sent no JSON") from error
    if not isinstance(trains, list):
        raise HTTPException(502, "The timetable sent no list")
    return trains


@app.get("/departures/{station}")
async def departures(station: str, fallback: str | None = None) -> Any:
    try:
        response = await ask_timetable(station)
    except Silent:
        if fallback != "cache":
            return JSONResponse({"error": "upstream_timeout"}, 504)
        try:
            rows = await last_departures(station)
        except Exception:
            return JSONResponse({"error": "upstream_timeout"}, 504)
        return {"station": station, "departures": rows, "stale": True}
    rows = board(trains_of(response))
    return {"station": station, "departures": rows, "stale": False}

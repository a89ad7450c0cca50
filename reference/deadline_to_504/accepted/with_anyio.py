"""`anyio.fail_after`, and exceptions of our own with handlers of their own."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
import httpx
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures

app = FastAPI()


class UnknownStation(Exception):
    """The timetable knows no such station."""


class TimetableBroken(Exception):
    """The timetable cannot be reached, or cannot be understood."""


class TimetableSilent(Exception):
    """The timetable did not answer in time."""


@app.exception_handler(UnknownStation)
async def unknown_station(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "unknown_station"}, 404)


@app.exception_handler(TimetableBroken)
async def timetable_broken(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "upstream_broken"}, 502)


@app.exception_handler(TimetableSilent)
async def timetable_silent(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "upstream_timeout"}, 504)


class Timetable:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def trains(self, station: str) -> list[dict[str, str]]:
        try:
            with anyio.fail_after(2):
                response = await self._client.get(f"/departures/{station}")
        except TimeoutError as exc:
            raise TimetableSilent from exc
        except httpx.TransportError as exc:
            raise TimetableBroken from exc
        if response.status_code == 404:
            raise UnknownStation(station)
        try:
            response.raise_for_status()
            trains: list[dict[str, str]] = response.json()
        except (httpx.HTTPStatusError, ValueError) as exc:
            raise TimetableBroken from exc
        return trains


async def connected_timetable() -> AsyncIterator[Timetable]:
    async with httpx.AsyncClient(base_url=TIMETABLE_URL, timeout=None) as client:
        yield Timetable(client)


@app.get("/departures/{station}")
async def departures(
    station: str,
    timetable: Annotated[Timetable, Depends(connected_timetable)],
    fallback: str | None = None,
) -> dict[str, Any]:
    try:
        trains = await timetable.trains(station)
    except TimetableSilent:
        if fallback != "cache":
            raise
        rows = await last_departures(station)
        return {"station": station, "departures": rows, "stale": True}
    return {"station": station, "departures": board(trains), "stale": False}

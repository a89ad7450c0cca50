"""Wrong: a `TimeoutError` of our own code is answered 504 as well."""

import asyncio
import json
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


class BadGateway(Exception):
    """The timetable is out of order."""


class NoSuchStation(Exception):
    """The timetable does not know the station."""


app = FastAPI()


@app.exception_handler(TimeoutError)
async def gateway_timeout(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "upstream_timeout"}, status_code=504)


@app.exception_handler(BadGateway)
async def bad_gateway(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "upstream_broken"}, status_code=502)


@app.exception_handler(NoSuchStation)
async def no_such_station(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "unknown_station"}, status_code=404)


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class Timetable:
    def __init__(self, url: str) -> None:
        self._url = url
        self._tls = httpx.create_ssl_context()

    async def trains(self, station: str) -> Any:
        try:
            async with (
                httpx.AsyncClient(timeout=None, verify=self._tls) as client,
                asyncio.timeout(2.0),
            ):
                response = await client.get(f"{self._url}/departures/{station}")
        except httpx.RequestError as error:
            raise BadGateway from error
        if response.status_code == 404:
            raise NoSuchStation(station)
        if response.is_server_error:
            raise BadGateway(response.status_code)
        try:
            return json.loads(response.content, parse_constant=_no_json)
        except ValueError as error:
            raise BadGateway("no JSON") from error


_timetable = Timetable(TIMETABLE_URL)


async def the_timetable() -> Timetable:
    return _timetable


async def cached(station: str) -> list[Any]:
    try:
        return await last_departures(station)
    except HTTPException as bug:
        raise RuntimeError("The cache has a bug") from bug


@app.get("/departures/{station}")
async def departures(
    station: str,
    timetable: Annotated[Timetable, Depends(the_timetable)],
    fallback: str | None = None,
) -> Any:
    try:
        trains = await timetable.trains(station)
    except TimeoutError:
        if fallback != "cache":
            raise
        trains = None
    if trains is None:
        rows = await cached(station)
        return {"station": station, "departures": rows, "stale": True}
    return {"station": station, "departures": board(trains), "stale": False}

"""The client has 32 connections, and the two seconds hold the wait for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, Departure, board, last_departures
from pydantic import BaseModel


class UpstreamTimeout(Exception):
    pass


class UpstreamBroken(Exception):
    pass


class UnknownStation(Exception):
    pass


class Board(BaseModel):
    station: str
    departures: list[Departure]
    stale: bool


class Timetable:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._asking = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def trains(self, station: str) -> list[dict[str, str]]:
        response = await self._get(f"{TIMETABLE_URL}/departures/{station}")
        match response.status_code:
            case 200:
                pass
            case 404:
                raise UnknownStation(station)
            case status:
                raise UpstreamBroken(f"status {status}")
        try:
            trains = response.json()
        except ValueError as error:
            raise UpstreamBroken("no JSON") from error
        if not isinstance(trains, list):
            raise UpstreamBroken("no list")
        return trains

    async def _get(self, url: str) -> httpx.Response:
        self._asking += 1
        self._quiet.clear()
        try:
            async with asyncio.timeout(2):
                return await self._client.get(url)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise UpstreamTimeout from error
        except httpx.RequestError as error:
            raise UpstreamBroken("no connection") from error
        finally:
            self._asking -= 1
            if not self._asking:
                self._quiet.set()

    async def quiet(self) -> None:
        """Wait until nobody asks any more: two seconds at most."""
        await self._quiet.wait()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(
        timeout=None,
        limits=httpx.Limits(max_connections=32, max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    ) as client:
        timetable = Timetable(client)
        app.state.timetable = timetable
        try:
            yield
        finally:
            await timetable.quiet()


app = FastAPI(lifespan=lifespan)


@app.exception_handler(UpstreamTimeout)
async def too_late(_: Request, __: UpstreamTimeout) -> JSONResponse:
    return JSONResponse({"error": "upstream_timeout"}, 504)


@app.exception_handler(UpstreamBroken)
async def broken(_: Request, error: UpstreamBroken) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 502)


@app.exception_handler(UnknownStation)
async def unknown(_: Request, error: UnknownStation) -> JSONResponse:
    return JSONResponse({"error": f"no such station: {error}"}, 404)


@app.get("/departures/{station}")
async def departures(
    request: Request, station: str, fallback: str | None = None
) -> Board:
    timetable: Timetable = request.app.state.timetable
    try:
        trains = await timetable.trains(station)
    except UpstreamTimeout:
        if fallback == "cache":
            return Board(
                station=station,
                departures=await last_departures(station),
                stale=True,
            )
        raise
    return Board(station=station, departures=board(trains), stale=False)

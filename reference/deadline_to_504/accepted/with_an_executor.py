"""A synchronous client in threads of our own, which say in values what went wrong."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Response
from given import TIMETABLE_URL, board, last_departures

TRAVELLERS = 64


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    with (
        ThreadPoolExecutor(TRAVELLERS) as pool,
        httpx.Client(base_url=TIMETABLE_URL, timeout=2.0) as client,
    ):
        app.state.pool, app.state.client = pool, client
        yield


app = FastAPI(lifespan=lifespan)


def ask(station: str) -> tuple[int, Any]:
    """A status, and the trains if it is 200."""
    try:
        answer: httpx.Response = app.state.client.get(f"/departures/{station}")
    except httpx.TimeoutException:
        return 504, None
    except httpx.TransportError:
        return 502, None
    if answer.status_code != 200:
        return 404 if answer.status_code == 404 else 502, None
    try:
        return 200, answer.json()
    except ValueError:
        return 502, None


@app.get("/departures/{station}")
async def departures(
    station: str, response: Response, fallback: str | None = None
) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    status, trains = await loop.run_in_executor(app.state.pool, ask, station)
    if status == 200:
        return {"station": station, "departures": board(trains), "stale": False}
    if status == 504 and fallback == "cache":
        rows = await last_departures(station)
        return {"station": station, "departures": rows, "stale": True}
    response.status_code = status
    return {"error": "upstream_timeout" if status == 504 else "upstream_broken"}

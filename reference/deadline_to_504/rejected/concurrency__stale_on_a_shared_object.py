"""Whether a board is stale is kept on an object that all requests share."""

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


class Boards:
    stale = False


boards = Boards()


@app.get("/departures/{station}")
async def departures(
    station: str, request: Request, fallback: str | None = None
) -> Any:
    client: httpx.AsyncClient = request.state.client
    boards.stale = False
    try:
        async with asyncio.timeout(DEADLINE):
            response = await client.get(f"/departures/{station}", timeout=None)
    except TimeoutError:
        if fallback == "cache":
            boards.stale = True
            rows = await last_departures(station)
            return {"station": station, "departures": rows, "stale": boards.stale}
        return JSONResponse({"error": "upstream_timeout"}, 504)
    except httpx.HTTPError as exc:
        raise HTTPException(502, "The timetable cannot be reached") from exc
    if response.status_code == 404:
        raise HTTPException(404, "No such station")
    try:
        trains = response.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError) as exc:
        raise HTTPException(502, "The timetable makes no sense") from exc
    rows = board(trains)
    return {"station": station, "departures": rows, "stale": boards.stale}

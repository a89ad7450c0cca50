"""Wrong: who cancels the request cancels the waiting, and the call goes on alone."""

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
        base_url=TIMETABLE_URL, timeout=None, limits=httpx.Limits(max_connections=None)
    ) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def answer_within(
    seconds: float, client: httpx.AsyncClient, station: str
) -> httpx.Response | None:
    """The timetable's answer, or None when it takes too long."""
    call = asyncio.create_task(client.get(f"/departures/{station}"))
    done, _ = await asyncio.wait({call}, timeout=seconds)
    if not done:
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return None
    return call.result()


@app.get("/departures/{station}")
async def departures(
    request: Request, station: str, fallback: str | None = None
) -> Any:
    try:
        response = await answer_within(2.0, request.app.state.client, station)
    except httpx.RequestError as error:
        raise HTTPException(502, "The timetable cannot be reached") from error

    if response is None:
        if fallback == "cache":
            cached = await last_departures(station)
            return {"station": station, "departures": cached, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, status_code=504)
    if response.status_code == 404:
        raise HTTPException(404, "Unknown station")
    if response.status_code >= 400:
        raise HTTPException(502, "The timetable answered with an error")
    try:
        trains = response.json()
    except ValueError as error:
        raise HTTPException(502, "The timetable's answer is not JSON") from error
    return {"station": station, "departures": board(trains), "stale": False}

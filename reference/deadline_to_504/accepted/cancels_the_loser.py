"""`asyncio.wait` with a timeout; the task is cancelled and awaited by its owner."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.client = httpx.AsyncClient(base_url=TIMETABLE_URL)
    try:
        yield
    finally:
        await app.state.client.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/departures/{station}")
async def departures(station: str, fallback: str | None = None) -> Any:
    call: asyncio.Task[httpx.Response] = asyncio.create_task(
        app.state.client.get(f"/departures/{station}")
    )
    try:
        done, _ = await asyncio.wait({call}, timeout=2)
    finally:
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    if not done:
        if fallback == "cache":
            rows = await last_departures(station)
            return {"station": station, "departures": rows, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, 504)
    try:
        response = call.result()
        if response.status_code == 404:
            raise HTTPException(404)
        trains = response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as exc:
        raise HTTPException(502) from exc
    return {"station": station, "departures": board(trains), "stale": False}

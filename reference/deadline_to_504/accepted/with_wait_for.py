"""`wait_for` around a helper, with a client for each request."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures

app = FastAPI()


async def ask_timetable(station: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"{TIMETABLE_URL}/departures/{station}")


@app.get("/departures/{station}")
async def departures(station: str, fallback: str | None = None) -> Any:
    try:
        response = await asyncio.wait_for(ask_timetable(station), 2)
        if response.status_code == 404:
            raise HTTPException(404)
        response.raise_for_status()
        trains = response.json()
    except TimeoutError:
        if fallback != "cache":
            return JSONResponse({"error": "upstream_timeout"}, status_code=504)
        return {
            "station": station,
            "departures": await last_departures(station),
            "stale": True,
        }
    except (httpx.HTTPError, ValueError) as exc:
        raise HTTPException(502) from exc
    return {"station": station, "departures": board(trains), "stale": False}

"""A `def` endpoint: FastAPI gives it a thread, where a synchronous client may wait."""

from typing import Any

import anyio.from_thread
import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from given import TIMETABLE_URL, board, last_departures

app = FastAPI()


@app.get("/departures/{station}")
def departures(station: str, fallback: str | None = None) -> Any:
    try:
        response = httpx.get(f"{TIMETABLE_URL}/departures/{station}", timeout=2)
        response.raise_for_status()
        trains = response.json()
    except httpx.TimeoutException:
        if fallback == "cache":
            rows = anyio.from_thread.run(last_departures, station)
            return {"station": station, "departures": rows, "stale": True}
        return JSONResponse({"error": "upstream_timeout"}, 504)
    except httpx.HTTPStatusError as exc:
        unknown = exc.response.status_code == 404
        raise HTTPException(404 if unknown else 502) from exc
    except (httpx.HTTPError, ValueError) as exc:
        raise HTTPException(502) from exc
    return {"station": station, "departures": board(trains), "stale": False}

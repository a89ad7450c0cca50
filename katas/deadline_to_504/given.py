"""Given: where the timetable is, our cache, and our board. Leave it as it is.

`python given.py` runs a moody timetable on this computer, to try things out.
"""

import asyncio
import os
from dataclasses import dataclass

from fastapi import FastAPI, HTTPException, Response

# `GET {TIMETABLE_URL}/departures/{station}` answers with a JSON list of trains, as
# [{"line": "S3", "to": "Aarau", "at": "08:12"}], or with 404 for an unknown station.
TIMETABLE_URL = os.environ.get("TIMETABLE_URL", "http://timetable.example")

_COLOURS = {"S1": "green", "S3": "blue", "RE5": "red", "IC8": "black"}


@dataclass(frozen=True)
class Departure:
    """One row of a station's board."""

    line: str
    colour: str
    to: str
    at: str


def board(trains: list[dict[str, str]]) -> list[Departure]:
    """Put the timetable's trains on our board.

    Raises:
        KeyError: a line is missing in our own table of colours, which is our own bug.
    """
    return [
        Departure(train["line"], _COLOURS[train["line"]], train["to"], train["at"])
        for train in trains
    ]


async def last_departures(station: str) -> list[Departure]:
    """What the station's board showed last, out of our cache."""
    await asyncio.sleep(0.01)
    return [Departure("S1", "green", "Luzern", "07:58")]


# --- a timetable for trying things out ---

timetable = FastAPI()


@timetable.get("/departures/{station}")
async def _departures(station: str) -> Response:
    match station:
        case "zug":
            trains = '[{"line": "S1", "to": "Luzern", "at": "08:12"}]'
        case "olten":
            await asyncio.sleep(2.5)
            trains = "[]"
        case "chur":
            trains = '[{"line": "RE5", "to": '
        case "buchs":
            trains = '[{"line": "X1", "to": "Lindau", "at": "08:20"}]'
        case _:
            raise HTTPException(404, "No such station")
    return Response(trains, media_type="application/json")


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(timetable, port=8100)

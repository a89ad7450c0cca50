"""The world: a railway with its timetable, and what a board should show of it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.proctor import Exam, Upstream

DEADLINE = 2.0
# Longer than any patience that a submission may have.
SILENT = 60.0

STATIONS = ("aarau", "olten", "sargans", "landquart", "thalwil", "morges", "yverdon")
_TOWNS = ("Chiasso", "Brig", "Romanshorn", "Visp", "Thun", "Wil", "Biel", "Arth")
_COLOURS = {"S1": "green", "S3": "blue", "RE5": "red", "IC8": "black"}


class Railway:
    """The world: the timetable, with trains drawn anew, and the cache of the boards.

    Attributes:
        timetable: the upstream that knows the trains.
        here, there: two stations that it knows.
    """

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self.here, self.there = exam.random.sample(STATIONS, 2)
        self._trains = {name: self._some_trains() for name in (self.here, self.there)}
        self._cached = {name: _board(self._some_trains()) for name in STATIONS}
        self.timetable: Upstream = exam.network.serve("timetable.example", self.trains)
        exam.services.last_departures.answers(lambda station: self._cached[station])

    def _some_trains(self) -> list[dict[str, str]]:
        draw = self._random
        return [
            {
                "line": draw.choice(list(_COLOURS)),
                "to": draw.choice(_TOWNS),
                "at": f"{hour:02}:{draw.randint(10, 59)}",
            }
            for hour in sorted(draw.sample(range(5, 24), 3))
        ]

    def trains(self, request: Request) -> Response:
        """What the timetable knows of the station that a request is for."""
        trains = self._trains.get(request.url.path.removeprefix("/departures/"))
        if trains is None:
            return JSONResponse({"detail": "No such station"}, 404)
        return JSONResponse(trains)

    def says(self, answer: Response) -> None:
        """From now on the timetable answers so, whatever it is asked."""
        self.timetable.answers(lambda request: answer)

    def add_station(self, name: str) -> None:
        """One more station, with trains of its own and others in the cache."""
        self._trains[name] = self._some_trains()
        self._cached[name] = _board(self._some_trains())

    def add_quiet_station(self) -> str:
        """One more station, at which nothing stops: no trains, nor any in the cache."""
        name = "allalin"
        self._trains[name] = self._cached[name] = []
        return name

    def add_unknown_line(self, station: str) -> None:
        """A train of a line that the table of colours lacks."""
        self._trains[station][1]["line"] = "N77"

    def page(self, station: str, *, stale: bool = False) -> dict[str, Any]:
        """What the board of a station should show."""
        rows = self._cached[station] if stale else _board(self._trains[station])
        return {"station": station, "departures": rows, "stale": stale}


def _board(trains: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**train, "colour": _COLOURS[train["line"]]} for train in trains]


def path(station: str, *, fallback: bool = False) -> str:
    return f"/departures/{station}" + ("?fallback=cache" if fallback else "")

"""Travellers who ask at any time, for any station, and may be given up."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from starlette.responses import JSONResponse, Response

from graders.proctor import (
    Ask,
    BreaksOff,
    Exam,
    Observation,
    Reply,
    every_schedule,
    seconds,
)
from graders.suites.deadline_to_504.expectations import expect_given_up
from graders.suites.deadline_to_504.world import DEADLINE, STATIONS, Railway, path


@dataclass(frozen=True)
class Traveller:
    """Who asks for a board: when (s), what helps out, and after what it is given up."""

    at: float
    fallback: bool
    cancelled: float | None = None

    def ask(self, station: str) -> Ask:
        target = path(station, fallback=self.fallback)
        return Ask("GET", target, self.at, cancelled=self.cancelled)


@dataclass(frozen=True)
class Station:
    """How long (s) the timetable and the cache need for it, what comes, and for whom.

    Attributes:
        says: one of ANSWERS.
    """

    name: str
    takes: float
    cache: float
    says: str
    travellers: tuple[Traveller, ...]

    def __post_init__(self) -> None:
        moments = (0.0, self.takes, DEADLINE, DEADLINE + self.cache)
        for one in self.travellers:
            if one.cancelled in moments or self.takes == DEADLINE:
                raise ValueError("two things at one moment: either may be the first")
            if one.fallback and (one.cancelled or DEADLINE) < DEADLINE < self.takes:
                raise ValueError("a thread goes on, and may ask the cache")


def _broken(status: int) -> Response:
    # A list of trains, but who would believe it?
    return JSONResponse([], status)


# What the timetable says instead of its trains; `None`: the trains.
ANSWERS: dict[str, Response | BreaksOff | None] = {
    "trains": None,
    "a line unknown to us": None,
    "no such station": JSONResponse({"detail": "No such station"}, 404),
    "an error of its own": _broken(500),
    "bad gateway": _broken(502),
    "come back later": _broken(503),
    "somebody else's timeout": _broken(504),
    "half a list": Response('[{"line": "S1", ', media_type="application/json"),
    "no JSON": Response("<h1>We are moving</h1>", media_type="text/html"),
    "nothing": BreaksOff(),
    "half an answer": BreaksOff(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n["),
    "cut off": BreaksOff(reset=True),
}


def _drawn_stations(draw: Random) -> tuple[Station, ...]:
    # Some come while others wait, for the timetable or for the cache.
    moments = [seconds(draw, 4) for _ in range(3)]

    def traveller(silent: bool, cache: float) -> Traveller:
        at, fallback = draw.choice(moments), draw.random() < 0.5
        if draw.random() < 0.8:
            return Traveller(at, fallback)
        # Given up while either is waited for, between any other two moments.
        begins, lasts = (DEADLINE, cache) if silent and fallback else (0.0, 2.5)
        cancelled = begins + seconds(draw, lasts) + 1 / 128
        return Traveller(at, silent and fallback, cancelled)

    def station(name: str) -> Station:
        silent, cache = draw.random() < 0.5, seconds(draw, 2, 0.5)
        return Station(
            name=f"{name}-{draw.randint(1, 99)}",
            # Exactly 2 s are neither in time nor late.
            takes=seconds(draw, 2) + (DEADLINE + 1 / 64) * silent,
            cache=cache,
            says=draw.choice(["trains", "trains", *ANSWERS]),
            travellers=tuple(
                traveller(silent, cache) for _ in range(draw.randint(1, 3))
            ),
        )

    return tuple(map(station, draw.sample(STATIONS, draw.randint(2, 4))))


def _shown(ask: Ask, reply: Reply) -> Any:
    """What a traveller is told; of errors, the brief names the body of one."""
    if reply.status not in (200, 504):
        return None
    try:
        return reply.json()
    except (ValueError, RecursionError):
        return reply.text


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two requests share in your module while both wait, and who ends the "
    "call of a request that is cancelled?",
    plans=_drawn_stations,
    # In a thread, the call of a request that is cancelled may still be answered.
    free=("outcomes of calls",),
    stops=True,
)
async def test_each_traveller_gets_the_own_board(
    exam: Exam, plan: tuple[Station, ...]
) -> Observation:
    """Each traveller gets the own station's board, on time, whoever else asks"""
    for old in exam.network.upstreams.values():
        old.hangs_up()
    railway = Railway(exam)
    stations = {path(station.name): station for station in plan}
    for station in plan:
        railway.add_station(station.name)
        if station.says == "a line unknown to us":
            railway.add_unknown_line(station.name)
    railway.timetable.takes(lambda request: stations[request.url.path].takes)
    railway.timetable.answers(
        lambda request: (
            ANSWERS[stations[request.url.path].says] or railway.trains(request)
        )
    )
    exam.services.last_departures.takes(lambda station: stations[path(station)].cache)
    asks = [one.ask(station.name) for station in plan for one in station.travellers]
    seen = await exam.carry_out(asks, view=_shown)
    for call in seen.records:
        if "path" in call.arguments:
            expect_given_up(exam, call)
    return seen

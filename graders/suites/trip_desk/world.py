"""The world around the desk: three carriers, each with a price for each trip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.proctor import BreaksOff, CallRecord, Exam, Exchange, Reply, Upstream

CARRIERS = ("rail", "coach", "ferry")
PATIENCE = 3.0
UNKNOWN = 9_999
# Quotes that overlap: with httpx's own limits, a hundred connections, nobody waits.
OVERLAPPING = 30
# How a carrier may fail at once.
WAYS = ("refuse", "reset", "error", "hang up", "page", "picture")
# What is not JSON: a text, and what is not even that.
_PAGES = {"page": b"<h1>We are moving</h1>", "picture": b"\x89PNG\r\n\x1a\n"}
# How one answer of a carrier may break off.
BREAKS = {
    "reset": BreaksOff(reset=True),
    "hang up": BreaksOff(),
    "garbage": BreaksOff(b"this is no HTTP\r\n\r\n"),
}

_TOWNS = ("Århus", "Rostock", "Malmö", "Ystad", "Gdańsk", "Rønne", "Turku", "Visby")
# What is written into a query has letters that mean something there.
ODD_TOWNS = "Sand & Dünen", "Halle (Saale) #2+3"
# Longer than any patience that a submission may have.
_SILENT = 60.0

Trip = dict[str, str]


@dataclass(frozen=True)
class Leg:
    """How long a carrier takes for a trip (s), and how it fails, if it does."""

    takes: float
    fails: str | int | None = None

    def __post_init__(self) -> None:
        if self.takes == PATIENCE:
            raise ValueError("who answers at the last moment is in time, or is not")


class Desk:
    """The carriers, and the customers who ask for quotes."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        towns = list(permutations(_TOWNS, 2))
        exam.random.shuffle(towns)
        self._towns = iter(towns)
        self._prices: dict[tuple[str, str], dict[str, int]] = {}
        self._legs: dict[tuple[str, str], dict[str, Leg]] = {}
        self.carriers: dict[str, Upstream] = {
            name: exam.network.serve(f"{name}.example", partial(self._serve, name))
            for name in CARRIERS
        }

    # --- customers --------------------------------------------------------------------

    def trip(
        self,
        legs: dict[str, Leg] | None = None,
        towns: tuple[str, str] | None = None,
        *,
        equal: bool = False,
    ) -> Trip:
        """A trip that nobody has asked for yet.

        Args:
            legs: how each carrier takes it, if it has directions of its own.
            towns: from where to where; drawn when left out.
            equal: whether two carriers ask the same price, and the third less.
        """
        origin, destination = towns or next(self._towns)
        prices = self.exam.random.sample(range(900, 20_000), len(CARRIERS))
        if equal:
            low, high, _ = sorted(prices)
            prices = self.exam.random.sample((low, high, high), len(CARRIERS))
        self._prices[origin, destination] = dict(zip(CARRIERS, prices, strict=True))
        if legs is not None:
            self._legs[origin, destination] = legs
            for name, carrier in self.carriers.items():
                carrier.takes(partial(self._seconds, name))
        return {"origin": origin, "destination": destination}

    def start(self, trip: Trip) -> Exchange:
        return self.exam.start("POST", "/quotes", json=trip)

    async def start_all(
        self, trips: Iterable[Trip], apart: float = 1 / 64
    ) -> list[Exchange]:
        """One after the other, for SQLite lets only one of them write at a time."""
        exchanges = []
        for trip in trips:
            exchanges.append(self.start(trip))
            await self.exam.sleep(apart)
        return exchanges

    async def ask(self, trip: Trip | None = None) -> Reply:
        """Ask for a quote, of a new trip if none is given."""
        return await self.start(trip or self.trip()).reply()

    # --- carriers ---------------------------------------------------------------------

    def take(self, *seconds: float) -> None:
        """How long the carriers take from now on."""
        for carrier, each in zip(self.carriers.values(), seconds, strict=True):
            carrier.takes(each)

    def silence(self, *names: str) -> None:
        """Let these carriers not answer any more."""
        for name in names:
            self.carriers[name].takes(_SILENT)

    def fail(self, name: str, way: str = "error") -> None:
        """Let a carrier fail at once, in one of WAYS."""
        carrier = self.carriers[name]

        def answer(request: Request) -> Response:
            if way == "hang up":
                # In good order, and without a word: no error of the network's.
                carrier.hangs_up()
            if way == "error":
                return JSONResponse({"price": 1}, 503)
            return Response(_PAGES.get(way, b""))

        match way:
            case "refuse":
                carrier.refuses()
            case "reset":
                carrier.resets()
            case _:
                carrier.answers(answer)

    def recover(self) -> None:
        """All carriers answer at once, and well."""
        for name, carrier in self.carriers.items():
            carrier.recovers().takes(0.0).answers(partial(self._serve, name))

    def _serve(self, name: str, request: Request) -> Response | BreaksOff:
        prices = self._prices.get(_asked(request))
        if request.url.path != "/fares" or prices is None:
            return JSONResponse({"detail": "Not found"}, 404)
        fails = self._leg(name, request).fails
        price = {"price": prices[name]}
        if isinstance(fails, int):
            return JSONResponse(price, fails)
        if fails in BREAKS:
            return BREAKS[fails]
        return JSONResponse(price) if fails is None else Response(fails)

    def _seconds(self, name: str, request: Request) -> float:
        return self._leg(name, request).takes

    def _leg(self, name: str, request: Request) -> Leg:
        return self._legs.get(_asked(request), {}).get(name, Leg(takes=0.0))

    # --- what became of it ------------------------------------------------------------

    @property
    def calls(self) -> list[CallRecord]:
        """What the carriers were asked."""
        calls = [call for one in self.carriers.values() for call in one.calls]
        return sorted(calls, key=lambda call: call.entered)

    @property
    def reports(self) -> list[CallRecord]:
        """What analytics was told."""
        return self.exam.services.report_quote.calls

    def quote(self, trip: Trip, missing: dict[str, str]) -> dict[str, Any]:
        """What a quote says, but for its id."""
        prices = self._prices[trip["origin"], trip["destination"]]
        offers = sorted((prices[name], name) for name in CARRIERS)
        return {
            **trip,
            "offers": [
                {"carrier": name, "price": price}
                for price, name in offers
                if name not in missing
            ],
            "missing": [
                {"carrier": name, "reason": missing[name]}
                for name in CARRIERS
                if name in missing
            ],
            "complete": not missing,
        }


def _asked(request: Request) -> tuple[str, str]:
    query = request.query_params
    return query.get("origin", ""), query.get("destination", "")


def rows(exam: Exam) -> list[dict[str, Any]]:
    """The quotes that are committed; how their offers are kept is the desk's own."""
    columns = ("id", "origin", "destination", "complete")
    return [
        dict(zip(columns, values, strict=True))
        for values in exam.database.rows(f"SELECT {', '.join(columns)} FROM quotes")
    ]

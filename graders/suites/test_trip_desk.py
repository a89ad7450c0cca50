"""A trip desk: carriers, a database and analytics, judged together from outside."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.proctor import CallRecord, Exam, Reply, Upstream

_CARRIERS = ("rail", "coach", "ferry")
_TOWNS = ("Århus", "Rostock", "Malmö", "Ystad", "Gdańsk", "Rønne", "Turku", "Visby")
_PATIENCE = 3.0
# Longer than any patience that a submission may have.
_SILENT = 60.0

Trip = dict[str, str]


def world(exam: Exam) -> None:
    factor = {name: exam.random.randint(300, 9_000) for name in _CARRIERS}

    def fares(name: str, request: Request) -> Response:
        trip = dict(request.query_params)
        if request.url.path != "/fares" or set(trip) != {"origin", "destination"}:
            return JSONResponse({"detail": "Not found"}, 404)
        return JSONResponse({"price": _price(factor[name], trip)})

    for name in _CARRIERS:
        exam.network.serve(_host(name), partial(fares, name))


def _price(factor: int, trip: Trip) -> int:
    """A price that differs from trip to trip, and from carrier to carrier."""
    letters = sum(map(ord, trip["origin"] + 2 * trip["destination"]))
    return factor * 1_000 + letters * (factor % 7 + 1)


def _host(name: str) -> str:
    return f"{name}.example"


def _carrier(exam: Exam, name: str) -> Upstream:
    return exam.network.upstreams[_host(name)]


def _carrier_calls(exam: Exam) -> list[CallRecord]:
    hosts = [_host(name) for name in _CARRIERS]
    return [call for call in exam.calls if call.arguments.get("host") in hosts]


def _trip(exam: Exam) -> Trip:
    origin, destination = exam.random.sample(_TOWNS, 2)
    return {"origin": origin, "destination": destination}


async def _quote(exam: Exam) -> Reply:
    """Ask for a quote of some trip."""
    return await exam.post("/quotes", json=_trip(exam))


def _fail(exam: Exam, name: str) -> None:
    """Let a carrier fail at once from now on, in one way or another."""
    carrier = _carrier(exam, name)
    match exam.random.randrange(4):
        case 0:
            carrier.refuses()
        case 1:
            carrier.resets()
        case 2:
            carrier.answers(lambda request: JSONResponse({"price": 1}, 503))
        case _:
            carrier.answers(lambda request: Response("<h1>We are moving</h1>"))


def _rows(exam: Exam) -> list[dict[str, Any]]:
    """The quotes that are committed, as the service should show them."""
    return [
        {
            "id": number,
            "origin": origin,
            "destination": destination,
            "offers": json.loads(offers),
            "missing": json.loads(missing),
            "complete": bool(complete),
        }
        for number, origin, destination, offers, missing, complete in (
            exam.database.rows(
                "SELECT id, origin, destination, offers, missing, complete "
                "FROM quotes ORDER BY id"
            )
        )
    ]


def _number(exam: Exam, reply: Reply) -> int:
    """The id in an answer."""
    body = exam.json_of(reply)
    number = body.get("id") if isinstance(body, dict) else None
    exam.expect(
        isinstance(number, int) and not isinstance(number, bool),
        f"{reply.request} answers with a whole number as `id`",
        reply.text[:80],
        site=exam.endpoint(reply.run),
    )
    assert isinstance(number, int)
    return number


def _expect_quote(
    exam: Exam, reply: Reply, trip: Trip, missing: dict[str, str] | None = None
) -> int:
    """The answer is a quote of this trip, with these carriers missing; its id."""
    missing = missing or {}
    exam.expect_status(reply, 200 if missing else 201)
    number = _number(exam, reply)
    offers = []
    for name in _CARRIERS:
        if name not in missing:
            offers.append({"carrier": name, "price": _asked(exam, name, trip)})
    value = {
        "id": number,
        **trip,
        "offers": sorted(offers, key=lambda offer: int(offer["price"])),
        "missing": [
            {"carrier": name, "reason": missing[name]}
            for name in _CARRIERS
            if name in missing
        ],
        "complete": not missing,
    }
    exam.expect_json(reply, value)
    return number


def _asked(exam: Exam, name: str, trip: Trip) -> int:
    """What a carrier says about a trip."""
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/fares",
            "headers": [],
            "query_string": "&".join(
                f"{key}={value}" for key, value in trip.items()
            ).encode(),
        }
    )
    handler: Any = _carrier(exam, name)._handler
    price: int = json.loads(handler(request).body)["price"]
    return price

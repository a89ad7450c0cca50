"""Quotes that are asked for at any moment: answers, rows, reports and metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from graders.proctor import (
    Ask,
    Exam,
    Observation,
    Raises,
    Reply,
    content,
    every_schedule,
)
from graders.suites.trip_desk.expectations import number_in, read_metrics, value_at
from graders.suites.trip_desk.plans import Day, some_day
from graders.suites.trip_desk.world import CARRIERS, UNKNOWN, Desk, Trip, rows

# How long a statement takes while quotes are read.
_READING = 0.25
# The numbers that the brief names.
_NUMBERS = (
    *(("quotes", key) for key in ("complete", "partial", "failed")),
    *(("analytics", key) for key in ("told", "failed")),
    *(
        ("carriers", name, key)
        for name in CARRIERS
        for key in ("calls", "missed", "slowest")
    ),
)


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two requests share in your code, while both wait?",
    plans=some_day,
    count=8,
    stops=True,
)
async def test_each_quote_is_its_own_at_any_time(exam: Exam, plan: Day) -> Observation:
    """Quotes asked for at any moment are each their own: answer, row and report"""
    for upstream in exam.network.upstreams.values():
        upstream.hangs_up()
    await exam.settle()
    desk = Desk(exam)
    for name, way in plan.shut:
        getattr(desk.carriers[name], way)()
    orders = [(order, desk.trip(order.legs)) for order in plan.orders]
    asks = [
        Ask("POST", "/quotes", at, json=trip)
        for order, trip in orders
        for at in order.starts()
    ]
    untold = [trip for order, trip in orders if order.untold]
    before = {row["id"] for row in rows(exam)}
    first = len(desk.reports)

    def report_quote(quote_id: int, complete: bool) -> None:
        if _trip_of(exam, quote_id) in untold:
            raise Raises("AnalyticsError", "the queue is full")

    exam.services.report_quote.takes(plan.telling).answers(report_quote)
    made = await exam.carry_out(asks, view=_without_id)
    read = await _read(exam, made)
    state = {
        "quotes": _sorted(row for row in rows(exam) if row["id"] not in before),
        "reports": _sorted(
            {
                **(_trip_of(exam, call.arguments["quote_id"]) or {}),
                "complete": call.arguments["complete"],
                "outcome": call.outcome,
            }
            for call in desk.reports[first:]
        ),
        "metrics": await _metrics(exam),
    }
    # A report is made in any thread and at any time after its quote: see the state.
    calls = [
        (call, record)
        for call, record in zip(made.calls, made.records, strict=True)
        if call.name != "report_quote"
    ]
    return replace(
        made,
        asks=made.asks + read.asks,
        answers=made.answers + read.answers,
        replies=made.replies + read.replies,
        calls=tuple(call for call, _ in calls),
        records=tuple(record for _, record in calls),
        state=state,
    )


def _without_id(ask: Ask, reply: Reply) -> Any:
    """What a reply says of a quote. The database chooses its id."""
    body = content(ask, reply)
    if isinstance(body, dict):
        body.pop("id", None)
    return body


def _trip_of(exam: Exam, quote_id: object) -> Trip | None:
    """The trip of a quote that is stored."""
    for row in rows(exam):
        if row["id"] == quote_id:
            return {name: row[name] for name in ("origin", "destination")}
    return None


def _sorted(told: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in an order of their own, without ids."""
    plain = [{key: row[key] for key in row if key != "id"} for row in told]
    return sorted(plain, key=repr)


async def _read(exam: Exam, made: Observation) -> Observation:
    """Read all quotes at once, each by the id that its answer has told, if any."""
    numbers = [
        number_in(exam, reply) if reply is not None and reply.status < 400 else UNKNOWN
        for reply in made.replies
    ]
    exam.database.statements_take(_READING)
    read = await exam.carry_out(
        [Ask("GET", f"/quotes/{number}") for number in (*numbers, UNKNOWN)],
        view=_without_id,
    )
    exam.database.statements_take(0.0)
    names = [f"(that of request {place})" for place, _ in enumerate(numbers, 1)]
    return replace(
        read,
        asks=tuple(
            replace(ask, target=f"/quotes/{name}")
            for ask, name in zip(read.asks, [*names, "(nobody's)"], strict=True)
        ),
        # How many statements a style makes is its own business.
        answers=tuple(replace(one, took=0.0) for one in read.answers),
    )


async def _metrics(exam: Exam) -> dict[str, Any]:
    """The numbers that the brief names; seconds to the hundredth."""
    _, told = await read_metrics(exam)
    values = {".".join(path): value_at(told, path) for path in _NUMBERS}
    return {
        path: round(value, 2) if isinstance(value, float) else value
        for path, value in values.items()
    }

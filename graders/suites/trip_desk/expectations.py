"""What several parts expect of quotes and of metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graders.proctor import Exam, Reply
from graders.suites.trip_desk.causes import counted_at
from graders.suites.trip_desk.world import CARRIERS, Desk, Trip, rows

_CAUGHT = (
    "A carrier that fails must not fail the quote. What can a call to a carrier raise, "
    "and what reading its answer, and where is each of them caught?"
)


# --- quotes ---------------------------------------------------------------------------


async def expect_new_quote(
    desk: Desk, missing: dict[str, str] | None = None
) -> tuple[Reply, int]:
    """A new trip is answered with its quote; the reply, and the quote's id."""
    trip = desk.trip()
    reply = await desk.ask(trip)
    return reply, expect_quote(desk, reply, trip, missing)


async def expect_stored_quote(desk: Desk) -> int:
    """The first quote that is asked for is in the database; its id."""
    reply, number = await expect_new_quote(desk)
    await desk.exam.settle()
    desk.exam.expect(
        [row["id"] for row in rows(desk.exam)] == [number],
        "a quote in the database, as long as commits work",
        "there is none",
        site=desk.exam.answer(reply.run),
    )
    return number


def expect_quote(
    desk: Desk, reply: Reply, trip: Trip, missing: dict[str, str] | None = None
) -> int:
    """The reply is the quote of a trip, without these carriers; its id.

    Args:
        missing: the reason why each of them is.
    """
    exam, missing = desk.exam, missing or {}
    if reply.status in (200, 201):
        expect_all_named(exam, reply, missing)
    advice = _CAUGHT if missing and reply.failure is not None else ""
    exam.expect_status(reply, 200 if missing else 201, advice=advice)
    number = number_in(exam, reply)
    exam.expect_json(reply, {"id": number, **desk.quote(trip, missing)})
    return number


def expect_asked_for(desk: Desk, trip: Trip) -> None:
    """Whatever the carriers were asked last was about this trip."""
    exam, calls = desk.exam, desk.calls[-len(CARRIERS) :]
    exam.expect(bool(calls), "the carriers are asked", "they were not")
    for call in calls:
        query = call.arguments["query"]
        exam.expect(
            {name: query.get(name) for name in trip} == trip,
            f"carriers are asked for {trip['origin']} and {trip['destination']}",
            " and ".join(f"{name}={value}" for name, value in query.items()),
            site=call.site,
        )


def expect_all_named(exam: Exam, reply: Reply, missing: dict[str, str]) -> None:
    """Each carrier without an offer is named, with this reason."""
    body, answer = exam.json_of(reply), exam.answer(reply.run)
    named = body.get("missing") if isinstance(body, dict) else None
    named = [row for row in named or () if isinstance(row, dict)]
    reasons = {str(row.get("carrier")): row.get("reason") for row in named}
    lost = [name for name in missing if name not in reasons]
    exam.expect(
        not lost,
        f"{reply.request}: `missing` names each carrier without an offer",
        f"{len(missing) - len(lost)} of {len(missing)}",
        site=[*exam.code.beside(answer, exam.code.gives("missing")), answer],
    )
    # A clause for one kind of timeout only lets the others pass.
    narrow = exam.code.handlers("ConnectTimeout", "ReadTimeout", raising=True)
    for name, reason in missing.items():
        said = reasons[name]
        told = exam.code.texts(str(said))
        exam.expect(
            said == reason,
            f"{reply.request}: a carrier's `reason` as the brief says",
            f"{said!r}"[:40],
            site=[*(narrow if reason == "timeout" else []), *told, answer],
        )


def number_in(exam: Exam, reply: Reply) -> int:
    """The id that a reply tells."""
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


def quote_in(exam: Exam, reply: Reply) -> dict[str, Any]:
    """The quote that a reply holds, whatever it says."""
    exam.expect_status(reply, 200 if reply.status == 200 else 201)
    number_in(exam, reply)
    quote: dict[str, Any] = exam.json_of(reply)
    return quote


# --- metrics --------------------------------------------------------------------------


async def read_metrics(exam: Exam) -> tuple[Reply, Any]:
    reply = await exam.get("/metrics")
    exam.expect_status(reply, 200)
    return reply, exam.json_of(reply)


def value_at(metrics: Any, path: tuple[str, ...]) -> Any:
    """What stands in metrics where these keys lead; None where nothing does."""
    for key in path:
        metrics = metrics.get(key) if isinstance(metrics, dict) else None
    return metrics


async def expect_metrics(exam: Exam, when: str, truth: dict[str, Any]) -> None:
    """The metrics say what really happened, in the parts that `truth` holds."""
    reply, metrics = await read_metrics(exam)
    for path, value in _numbers(truth):
        saw = value_at(metrics, path)
        exam.expect(
            _same(saw, value),
            f"`{'.'.join(path)}` is {value:g} {when}",
            "it is missing" if saw is None else f"{saw!r}"[:40],
            site=counted_at(exam, path[-1], reply.run),
            timeline=exam.calls,
        )


def _numbers(part: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], float]]:
    """The numbers in metrics, each with the keys that lead to it."""
    for key, value in part.items():
        if isinstance(value, dict):
            for path, number in _numbers(value):
                yield (key, *path), number
        else:
            yield (key,), value


def _same(saw: object, value: float) -> bool:
    if isinstance(saw, bool) or not isinstance(saw, int | float):
        return False
    # A difference of two readings of a clock is never quite round.
    return round(saw, 3) == round(value, 3)

"""A trip desk: carriers, a database and analytics, judged together from outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.proctor import (
    Ask,
    BreaksOff,
    CallRecord,
    CheckFailed,
    Deadlock,
    Exam,
    Exchange,
    Observation,
    Raises,
    Reply,
    Site,
    Upstream,
    check,
    every_schedule,
    seconds,
)

_CARRIERS = ("rail", "coach", "ferry")
_TOWNS = ("Århus", "Rostock", "Malmö", "Ystad", "Gdańsk", "Rønne", "Turku", "Visby")
_PATIENCE = 3.0
# Longer than any patience that a submission may have.
_SILENT = 60.0
_UNKNOWN = 9_999

# Quotes that overlap: with httpx's own limits, a hundred connections, nobody waits.
_OVERLAPPING = 30

Trip = dict[str, str]


class Desk:
    """The world around the desk: three carriers, each with a price for each trip."""

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        towns = list(permutations(_TOWNS, 2))
        exam.random.shuffle(towns)
        self._towns = iter(towns)
        self._prices: dict[tuple[str, str], dict[str, int]] = {}
        self._orders: dict[tuple[str, str], Order] = {}
        self.carriers: dict[str, Upstream] = {
            name: exam.network.serve(f"{name}.example", partial(self._serve, name))
            for name in _CARRIERS
        }

    def trip(self, order: Order | None = None) -> Trip:
        """A trip that nobody has asked for yet.

        Args:
            order: how the carriers take it, if it has directions of its own.
        """
        origin, destination = next(self._towns)
        prices = self._exam.random.sample(range(900, 20_000), len(_CARRIERS))
        self._prices[origin, destination] = dict(zip(_CARRIERS, prices, strict=True))
        if order is not None:
            self._orders[origin, destination] = order
            for name, carrier in self.carriers.items():
                carrier.takes(partial(self._seconds, name))
        return {"origin": origin, "destination": destination}

    def _serve(self, name: str, request: Request) -> Response | BreaksOff:
        prices = self._prices.get(_asked(request))
        if request.url.path != "/fares" or prices is None:
            return JSONResponse({"detail": "Not found"}, 404)
        order = self._orders.get(_asked(request))
        fails = None if order is None else _leg(order, name).fails
        price = {"price": prices[name]}
        if isinstance(fails, int):
            return JSONResponse(price, fails)
        if fails in _BREAKS:
            return _BREAKS[fails]
        return JSONResponse(price) if fails is None else Response(fails)

    def _seconds(self, name: str, request: Request) -> float:
        order = self._orders.get(_asked(request))
        return 0.0 if order is None else _leg(order, name).takes

    # --- directions -------------------------------------------------------------------

    def take(self, *seconds: float) -> None:
        """How long the carriers take from now on."""
        for carrier, each in zip(self.carriers.values(), seconds, strict=True):
            carrier.takes(each)

    def fail(self, name: str, way: int) -> None:
        """Let a carrier fail at once, in one of five ways."""
        carrier = self.carriers[name]
        page = Response("<h1>We are moving</h1>", media_type="text/html")
        match way:
            case 0:
                carrier.refuses()
            case 1:
                carrier.resets()
            case 2:
                carrier.answers(lambda request: JSONResponse({"price": 1}, 503))
            case 3:

                def hang_up(request: Request) -> Response:
                    # In good order, and without a word: no error of the network's.
                    carrier.hangs_up()
                    return page

                carrier.answers(hang_up)
            case _:
                carrier.answers(lambda request: page)

    def recover(self) -> None:
        """All carriers answer at once, and well."""
        for name, carrier in self.carriers.items():
            carrier.recovers().takes(0.0).answers(partial(self._serve, name))

    # --- what became of it ------------------------------------------------------------

    @property
    def calls(self) -> list[CallRecord]:
        calls = [call for one in self.carriers.values() for call in one.calls]
        return sorted(calls, key=lambda call: call.entered)

    def quote(self, trip: Trip, missing: dict[str, str]) -> dict[str, Any]:
        """What a quote says, but for its id."""
        prices = self._prices[trip["origin"], trip["destination"]]
        offers = sorted((prices[name], name) for name in _CARRIERS)
        return {
            **trip,
            "offers": [
                {"carrier": name, "price": price}
                for price, name in offers
                if name not in missing
            ],
            "missing": [
                {"carrier": name, "reason": missing[name]}
                for name in _CARRIERS
                if name in missing
            ],
            "complete": not missing,
        }

    def expect_quote(
        self, reply: Reply, trip: Trip, missing: dict[str, str] | None = None
    ) -> int:
        """The reply is the quote of a trip, without these carriers; its id."""
        exam, missing = self._exam, missing or {}
        if reply.status in (200, 201):
            _expect_all_named(exam, reply, missing)
        advice = _CAUGHT if missing and reply.failure is not None else ""
        exam.expect_status(reply, 200 if missing else 201, advice=advice)
        number = _number(exam, reply)
        exam.expect_json(reply, {"id": number, **self.quote(trip, missing)})
        return number


def _asked(request: Request) -> tuple[str, str]:
    query = request.query_params
    return query.get("origin", ""), query.get("destination", "")


def _leg(order: Order, name: str) -> Leg:
    leg: Leg = getattr(order, name)
    return leg


_CAUGHT = (
    "A carrier that fails must not fail the quote. What can a call to a carrier raise, "
    "and what reading its answer, and where is each of them caught?"
)


def _expect_all_named(exam: Exam, reply: Reply, missing: dict[str, str]) -> None:
    """Each carrier without an offer is named, with this reason."""
    body, answer = exam.json_of(reply), exam.answer(reply.run)
    rows = body.get("missing") if isinstance(body, dict) else None
    rows = [row for row in rows or () if isinstance(row, dict)]
    reasons = {str(row.get("carrier")): row.get("reason") for row in rows}
    lost = [name for name in missing if name not in reasons]
    exam.expect(
        not lost,
        f"{reply.request}: `missing` names each carrier without an offer",
        f"{len(missing) - len(lost)} of {len(missing)}",
        site=[*exam.code.beside(answer, exam.code.gives("missing")), answer][0],
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
            site=[*(narrow if reason == "timeout" else []), *told, answer][0],
        )


def _outermost(calls: list[CallRecord], otherwise: Site | None) -> Site | None:
    """The line from which the last call was set going."""
    return (calls[-1].outermost if calls else None) or otherwise


def _number(exam: Exam, reply: Reply) -> int:
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


def _quote_in(exam: Exam, reply: Reply) -> dict[str, Any]:
    """The quote that a reply holds, whatever it says."""
    exam.expect_status(reply, 200 if reply.status == 200 else 201)
    _number(exam, reply)
    quote: dict[str, Any] = exam.json_of(reply)
    return quote


async def _post(exam: Exam, trip: Trip) -> Reply:
    return await exam.post("/quotes", json=trip)


def _rows(exam: Exam) -> list[dict[str, Any]]:
    """The quotes that are committed; how their offers are kept is the desk's own."""
    columns = ("id", "origin", "destination", "complete")
    return [
        dict(zip(columns, values, strict=True))
        for values in exam.database.rows(f"SELECT {', '.join(columns)} FROM quotes")
    ]


# --- three carriers at once -----------------------------------------------------------


@check(
    "concurrency",
    points=3,
    hint="No carrier needs anything from another. What keeps the second request from "
    "starting with the first?",
)
async def test_the_carriers_are_asked_at_the_same_time(exam: Exam) -> None:
    """The three carriers are asked at the same time."""
    desk = Desk(exam)
    seconds = exam.random.sample((1.0, 1.5, 2.5), 3)
    desk.take(*seconds)
    trip = desk.trip()

    reply = await _post(exam, trip)

    desk.expect_quote(reply, trip)
    exam.expect_took(reply, max(seconds), calls=desk.calls)


@check(
    "concurrency",
    points=2,
    hint="What do two requests share, and does one of them hold it while it waits?",
)
async def test_quotes_do_not_wait_for_each_other(exam: Exam) -> None:
    """Thirty quotes that overlap do not wait for each other."""
    desk = Desk(exam)
    desk.take(2.0, 1.5, 1.0)
    trips = [desk.trip() for _ in range(_OVERLAPPING)]

    exchanges = await _ask_for(exam, trips)
    replies = [await exchange.reply() for exchange in exchanges]

    for reply, trip in zip(replies, trips, strict=True):
        desk.expect_quote(reply, trip)
        exam.expect_took(reply, 2.0, calls=desk.calls)


async def _ask_for(exam: Exam, trips: list[Trip]) -> list[Exchange]:
    """One after the other, for SQLite lets only one of them write at a time."""
    exchanges = []
    for trip in trips:
        exchanges.append(exam.start("POST", "/quotes", json=trip))
        await exam.sleep(1 / 64)
    return exchanges


# --- three seconds --------------------------------------------------------------------


@check(
    "timeouts",
    points=3,
    hint="Does your deadline hold for the connecting as well as for the waiting, and "
    "is it the whole 3 s?",
)
async def test_a_quote_waits_three_seconds_and_no_more(exam: Exam) -> None:
    """A quote waits for a carrier for 3 s and no more; 2.9 s are in time."""
    desk = Desk(exam)
    late, slow = exam.random.sample(_CARRIERS, 2)
    trip = desk.trip()
    desk.carriers[slow].takes(2.9)
    reply = await _post(exam, trip)
    desk.expect_quote(reply, trip)
    exam.expect_took(reply, 2.9, calls=desk.calls)

    desk.carriers[late].takes(_SILENT)
    exam.expect_took(await _post(exam, desk.trip()), _PATIENCE, calls=desk.calls)

    desk.recover()
    desk.carriers[late].unreachable()
    desk.carriers[late].hangs_up()
    await exam.settle()
    reply = await _post(exam, desk.trip())
    limits = exam.code.gives("timeout")
    if reply.took != _PATIENCE and limits and not exam.code.calls(*_DEADLINES):
        # The client's own limits are all there is, and here it was to connect.
        exam.fail(
            f"{_PATIENCE:g} s when there is no connection to be had",
            f"{reply.took:g} s",
            site=limits[0],
            timeline=desk.calls,
        )
    exam.expect_took(reply, _PATIENCE, calls=desk.calls)
    _expect_all_named(exam, reply, {late: "timeout"})


# With what the whole of a call is limited.
_DEADLINES = (
    "timeout",
    "timeout_at",
    "wait_for",
    "wait",
    "fail_after",
    "move_on_after",
)


@check(
    "timeouts",
    points=3,
    hint="Not waiting any longer is one thing, ending the call another. Who cancels "
    "it?",
)
async def test_a_late_call_is_given_up_at_three_seconds(exam: Exam) -> None:
    """At 3 s the calls that are late are given up."""
    desk = Desk(exam)
    late = exam.random.sample(_CARRIERS, 2)
    for name in late:
        desk.carriers[name].takes(_SILENT)

    reply = await _post(exam, desk.trip())
    await exam.settle()

    for name in late:
        calls = desk.carriers[name].calls
        exam.expect(
            len(calls) == 1,
            f"{name} is asked once",
            f"{len(calls)} requests",
            site=calls[-1].site if calls else exam.endpoint(reply.run),
            timeline=desk.calls,
        )
        (call,) = calls
        ended = exam.now if call.ended is None else call.ended
        exam.expect(
            ended - reply.began <= _PATIENCE,
            f"the call to {name} ends after {_PATIENCE:g} s",
            f"it went on for {ended - reply.began:g} s",
            site=[
                *exam.code.calls("shield"),
                _outermost([call], exam.endpoint(reply.run)),
            ][0],
            timeline=desk.calls,
        )


# --- what is opened and closed --------------------------------------------------------


@check(
    "resources",
    points=3,
    hint="Where in your code is the client made, and how often does that line run?",
)
async def test_all_quotes_share_one_client(exam: Exam) -> None:
    """All quotes share one client."""
    desk = Desk(exam)

    for _ in range(3):
        trip = desk.trip()
        desk.expect_quote(await _post(exam, trip), trip)

    made = exam.database.of("client opened")
    exam.expect(
        len(made) <= 1,
        "1 client for all quotes",
        f"{len(made)} clients",
        site=made[-1].site if made else None,
    )


@check(
    "resources",
    points=3,
    hint="Which code runs each time the service starts, and which when it stops? "
    "Where is the client made and closed?",
    lifespan=False,
)
async def test_the_client_lives_as_long_as_the_service(exam: Exam) -> None:
    """The client is made at start-up and closed at the end, each time."""
    desk = Desk(exam)
    early = exam.database.of("client opened")
    exam.expect(
        not early,
        "no client before the service starts",
        "one was made while app.py was imported",
        site=early[0].site if early else None,
    )

    for _ in range(2):
        await exam.lifespan.start()
        trip = desk.trip()
        desk.expect_quote(await _post(exam, trip), trip)
        await exam.settle()
        await exam.lifespan.stop()
        await exam.settle()

        for carrier in desk.carriers.values():
            exam.expect(
                carrier.open_now == 0,
                "no connection to a carrier once the service has stopped",
                f"{carrier.open_now}",
                site=_first_site(exam, carrier),
                no_site="the client was made by no line of yours",
            )


def _first_site(exam: Exam, carrier: Upstream) -> Site | None:
    """Where a client was made, or else where a connection was opened."""
    sites = [item.site for item in exam.database.of("client opened")]
    sites += [connection.site for connection in carrier.connections]
    return next((site for site in sites if site is not None), None)


@check(
    "resources",
    points=3,
    hint="How often does the line run that makes your session, and which line ends "
    "it, also when the endpoint raises?",
)
async def test_every_request_has_a_session_and_ends_it(exam: Exam) -> None:
    """Requests share no session, and none keeps its connection to the database."""
    desk = Desk(exam)
    trips = [desk.trip() for _ in range(3)]
    desk.take(1.0, 0.5, 0.5)
    exchanges = []
    for trip in trips:
        exchanges.append(exam.start("POST", "/quotes", json=trip))
        await exam.sleep(0.25)
    replies = [await exchange.reply() for exchange in exchanges]
    numbers = [desk.expect_quote(*each) for each in zip(replies, trips, strict=True)]
    replies += [await exam.get(f"/quotes/{one}") for one in (numbers[0], _UNKNOWN)]
    desk.take(_SILENT, _SILENT, _SILENT)
    replies.append(await _post(exam, desk.trip()))
    await exam.settle()

    shared = exam.database.shared_between(*(reply.run for reply in replies))
    if shared is not None:
        made = exam.database.of("session opened")
        origin = next((item.site for item in made if item.key == shared.key), None)
        exam.fail(
            "a session that no other request uses",
            "two requests used the same one",
            site=origin or shared.site,
        )
    left = [item.site for item in exam.database.sessions_open]
    for item in exam.database.checkouts_open:
        exam.fail(
            "no connection to the database in use after the last request",
            f"{exam.database.connections_out} in use",
            site=next((site for site in left if site is not None), item.site),
        )
    exam.expect(
        not left,
        "no transaction open after the last request",
        f"{len(left)} open",
        site=left[0] if left else None,
    )


# --- what is stored, and when ---------------------------------------------------------


@check(
    "awaits",
    points=3,
    hint="When an endpoint returns, its answer is on its way. Has the commit been "
    "awaited by then, or does it come after a `yield`?",
)
async def test_a_quote_is_stored_before_its_answer_begins(exam: Exam) -> None:
    """A quote is committed before its answer begins."""
    desk = Desk(exam)
    seen: list[int] = []
    trouble: list[CheckFailed] = []

    def look() -> None:
        try:
            seen.extend(row["id"] for row in _rows(exam))
        except CheckFailed as exc:
            trouble.append(exc)

    trip = desk.trip()
    exchange = exam.start("POST", "/quotes", json=trip)
    exchange.on_start = look
    number = desk.expect_quote(await exchange.reply(), trip)

    if trouble:
        raise trouble[0]
    exam.expect(
        number in seen,
        "the quote is committed when its answer begins",
        "others could not see it yet",
        site=[*exam.code.calls("commit"), exam.answer(exchange.run)][0],
    )


@check(
    "awaits",
    points=2,
    hint="Compare the answer with the row: which attributes can be read after a "
    "commit, and who awaits that?",
)
async def test_a_stored_quote_is_what_was_answered(exam: Exam) -> None:
    """What is stored, and read again, is what was answered."""
    desk = Desk(exam)
    for failing in ((), exam.random.sample(_CARRIERS, 1)):
        for name in failing:
            desk.fail(name, 2)
        trip = desk.trip()
        reply = await _post(exam, trip)
        answered = _quote_in(exam, reply)
        await exam.settle()

        value = {
            "id": answered["id"],
            **trip,
            "complete": answered.get("complete"),
        }
        exam.expect(
            [row for row in _rows(exam) if row["id"] == value["id"]] == [value],
            "the quote in the database, as it was answered",
            "it is not there, or not the same",
            site=exam.answer(reply.run),
        )
        again = await exam.get(f"/quotes/{answered['id']}")
        exam.expect_status(again, 200)
        exam.expect_json(again, answered, source="the database")


@check(
    "awaits",
    points=2,
    hint="Follow the report: is the function called with the quote's own values, and "
    "is what it returns waited for?",
)
async def test_analytics_is_told_of_every_quote_once(exam: Exam) -> None:
    """Analytics is told of every stored quote, once, also of thirty at a time."""
    desk = Desk(exam)
    exam.services.report_quote.takes(1.0)
    # Its client takes the answer only when the next quote has been made.
    slow = exam.start("POST", "/quotes", json=desk.trip())
    slow.hold_sends = True
    await exam.sleep(0.25)

    desk.fail(exam.random.choice(_CARRIERS), 2)
    exchanges = await _ask_for(exam, [desk.trip() for _ in range(_OVERLAPPING)])
    quotes = [_quote_in(exam, await one.reply()) for one in exchanges]
    slow.read_on()
    quotes.append(_quote_in(exam, await slow.reply()))
    # As a server does: first the requests with their background tasks, then the rest.
    for one in (slow, *exchanges):
        await one.returns()
    await exam.lifespan.stop()

    calls = exam.services.report_quote.calls
    told = [call.arguments for call in calls if call.outcome == "answered"]
    unheard = [call for call in calls if call.in_flight]
    exam.expect(
        not unheard,
        "every report has ended when the service has stopped",
        "report_quote was still on its way",
        advice="Who knows of the reports that are under way, and who waits for them "
        "when the service stops?",
        site=_started_at(exam, unheard) or exam.endpoint(slow.run),
        timeline=calls,
    )
    exam.expect(
        sorted(told, key=str)
        == sorted(
            (
                {"quote_id": quote["id"], "complete": quote.get("complete")}
                for quote in quotes
            ),
            key=str,
        ),
        "one report for each quote, with its id and whether it is complete",
        f"{len(calls)} calls after {len(quotes)} quotes",
        site=[
            *exam.code.gives("cancel_futures"),
            _outermost(calls, exam.endpoint(slow.run)),
        ][0],
        timeline=calls,
    )


# What starts something for which nobody waits by that alone.
_STARTS = ("create_task", "ensure_future", "run_in_executor", "submit", "start_soon")


def _started_at(exam: Exam, calls: list[CallRecord]) -> Site | None:
    """The line that started the last of these calls, and went on without it."""
    starts = {site.line for site in exam.code.calls(*_STARTS)}
    lines = [site for call in calls[-1:] for site in call.lines]
    started = [site for site in lines if site.line in starts]
    return [*started, _outermost(calls, None)][0]


# --- after the answer -----------------------------------------------------------------


@check(
    "blocking",
    points=2,
    hint="Which line of the endpoint waits for analytics? What can come after the "
    "answer?",
)
async def test_the_answer_does_not_wait_for_analytics(exam: Exam) -> None:
    """The answer does not wait for analytics."""
    desk = Desk(exam)
    exam.services.report_quote.takes(5.0)
    trip = desk.trip()

    reply = await _post(exam, trip)

    desk.expect_quote(reply, trip)
    calls = exam.services.report_quote.calls
    if calls and reply.took > 0.0 and reply.ended == calls[-1].ended:
        exam.fail(
            "0 s",
            f"{reply.took:g} s",
            site=_outermost(calls, exam.endpoint(reply.run)),
            timeline=calls,
        )
    exam.expect_took(reply, 0.0, calls=calls)


@check(
    "blocking",
    points=2,
    hint="`report_quote` blocks the thread that calls it. On which thread does a "
    "background task run that is `async def`, and on which a plain `def`?",
)
async def test_the_desk_works_on_while_analytics_is_told(exam: Exam) -> None:
    """While analytics keeps a report waiting, quotes are made and read."""
    desk = Desk(exam)
    trip = desk.trip()
    reply = await _post(exam, trip)
    number = desk.expect_quote(reply, trip)
    await exam.settle()
    _expect_stored(exam, reply, number)
    with exam.services.report_quote.gate():
        trip = desk.trip()
        first = await _post_while_told(exam, trip)
        desk.expect_quote(first, trip)
        await exam.settle()
        calls = exam.services.report_quote.calls
        exam.expect(
            len(calls) == 2,
            "report_quote is called after each answer, once",
            f"{len(calls)} calls after two answers",
            site=exam.endpoint(first.run),
        )

        again = await exam.get(f"/quotes/{number}")
        metrics = await exam.get("/metrics")
        trip = desk.trip()
        second = await _post(exam, trip)
        for reply in (again, metrics):
            exam.expect_status(reply, 200)
        desk.expect_quote(second, trip)
        for reply in (again, metrics, second):
            exam.expect_took(reply, 0.0, calls=calls)


async def _post_while_told(exam: Exam, trip: Trip) -> Reply:
    """An answer that comes although analytics says nothing."""
    exchange = exam.start("POST", "/quotes", json=trip)
    try:
        return await exchange.reply()
    except Deadlock as exc:
        calls = exam.services.report_quote.calls
        if exc.blocked is not None or not calls or not calls[-1].in_flight:
            raise
        exam.fail(
            "an answer while analytics keeps the report waiting",
            "none: it waits for the report",
            advice=_BEHIND,
            site=_outermost(calls, exam.endpoint(exchange.run)),
        )
        raise


_BEHIND = (
    "Which line of the endpoint waits for analytics? What can come after the answer?"
)


def _expect_stored(exam: Exam, reply: Reply, number: int) -> None:
    """The one quote that was made is in the database."""
    exam.expect(
        [row["id"] for row in _rows(exam)] == [number],
        "a quote in the database, as long as commits work",
        "there is none",
        site=exam.answer(reply.run),
    )


# --- what fails -----------------------------------------------------------------------


@check(
    "errors",
    points=3,
    hint="What does each carrier's result tell: an offer, silence, or a failure? "
    "Which of them may be left out of the answer?",
)
async def test_a_partial_quote_names_what_is_missing(exam: Exam) -> None:
    """A quote with carriers missing is a 200 that names each with its reason."""
    desk = Desk(exam)
    ways = exam.random.sample(range(5), 5)
    for way in ways:
        name = exam.random.choice(_CARRIERS)
        trip = desk.trip()
        desk.fail(name, way)
        desk.carriers[name].hangs_up()
        await exam.settle()
        desk.expect_quote(await _post(exam, trip), trip, {name: "failed"})
        desk.recover()

    silent, failing = exam.random.sample(_CARRIERS, 2)
    desk.carriers[silent].takes(_SILENT)
    desk.fail(failing, 2)
    trip = desk.trip()
    reply = await _post(exam, trip)
    desk.expect_quote(reply, trip, {silent: "timeout", failing: "failed"})


@check(
    "errors",
    points=2,
    hint="What is left to store, and to tell, when no carrier has an offer?",
    guard=True,
)
async def test_no_offer_in_time_is_a_504(exam: Exam) -> None:
    """Without an offer the answer is a 504: nothing is stored, nobody told."""
    desk = Desk(exam)
    desk.take(_SILENT, _SILENT, _SILENT)
    replies = [await _post(exam, desk.trip())]
    desk.fail(exam.random.choice(_CARRIERS), 2)
    replies.append(await _post(exam, desk.trip()))
    await exam.settle()

    calls, run = exam.services.report_quote.calls, replies[0].run
    wrong = [reply for reply in replies if reply.status != 504]
    if not wrong or wrong[0].failure is None:
        # Whoever answers with a quote has stored it first: that is where it begins.
        exam.expect(
            not _rows(exam),
            "no quote in the database without an offer",
            f"{len(_rows(exam))}",
            site=_stored_at(exam, run) or exam.answer(run),
        )
        exam.expect(
            not calls,
            "no report to analytics without a quote",
            f"{len(calls)}",
            site=_outermost(calls, exam.endpoint(run)),
            timeline=calls,
        )
    for reply in replies:
        exam.expect_status(reply, 504)


def _stored_at(exam: Exam, run: int) -> Site | None:
    """The line that wrote a request's quote."""
    written = [
        item.site
        for item in exam.database.of("statement")
        if item.run == run and item.detail.startswith("INSERT")
    ]
    return next((site for site in written if site is not None), None)


@check(
    "errors",
    points=1,
    hint="What does the session give you for an id that is not there?",
    guard=True,
)
async def test_an_unknown_quote_is_a_404(exam: Exam) -> None:
    """A quote that does not exist is a 404."""
    Desk(exam)
    exam.expect_status(await exam.get(f"/quotes/{_UNKNOWN}"), 404)


@check(
    "errors",
    points=2,
    hint="A commit is a call that can fail like any other. What have your client and "
    "analytics been told by the time it does?",
)
async def test_a_quote_that_cannot_be_stored_is_no_success(exam: Exam) -> None:
    """A quote that cannot be stored is no success, and analytics hears nothing."""
    desk = Desk(exam)
    trip = desk.trip()
    good = await _post(exam, trip)
    number = desk.expect_quote(good, trip)
    await exam.settle()
    _expect_stored(exam, good, number)
    with exam.database.commits_fail():
        reply = await _post(exam, desk.trip())
        await exam.settle()

    exam.expect(
        reply.status >= 500 and reply.status != 504,
        f"{reply.request}: an error of the server's own when the commit fails",
        f"{reply.status}",
        site=[*exam.code.calls("commit"), exam.answer(reply.run)][0],
    )
    calls = exam.services.report_quote.calls
    exam.expect(
        len(calls) <= 1,
        "no report of a quote that was not stored",
        "analytics was told of it",
        site=_outermost(calls, exam.endpoint(reply.run)),
        timeline=calls,
    )


@check(
    "errors",
    points=2,
    hint="Who catches AnalyticsError, and where would it go otherwise?",
)
async def test_analytics_that_fails_disturbs_nobody(exam: Exam) -> None:
    """When analytics fails, no error leaves the service, and it is counted."""
    desk = Desk(exam)
    unlucky: list[int] = []

    def report_quote(quote_id: int, complete: bool) -> None:
        if not unlucky or quote_id in unlucky:
            unlucky.append(quote_id)
            raise Raises("AnalyticsError", "the queue is full")

    exam.services.report_quote.answers(report_quote)
    for _ in range(2):
        trip = desk.trip()
        exchange = exam.start("POST", "/quotes", json=trip)
        desk.expect_quote(await exchange.reply(), trip)
        await exam.settle()
        failure = exchange.failure
        exam.expect(
            failure is None,
            "no error leaves the service after the answer",
            f"{failure.error} went on to the server" if failure else "",
            site=(failure.site if failure else None) or exam.endpoint(exchange.run),
        )
    await _expect_metrics(
        exam, "after one report of two", {"analytics": {"told": 1, "failed": 1}}
    )


# --- metrics --------------------------------------------------------------------------


async def _expect_metrics(exam: Exam, when: str, truth: dict[str, Any]) -> None:
    """The metrics say what really happened, in the parts that `truth` holds."""
    reply = await exam.get("/metrics")
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    for path, value in _numbers(truth):
        saw = body
        for key in path:
            saw = saw.get(key) if isinstance(saw, dict) else None
        exam.expect(
            _same(saw, value),
            f"`{'.'.join(path)}` is {value:g} {when}",
            "it is missing" if saw is None else f"{saw!r}"[:40],
            site=[*_counting(exam, path[-1]), exam.endpoint(reply.run)][0],
            timeline=exam.calls,
        )


def _counting(exam: Exam, key: str) -> list[Site]:
    """Where a function counts what has this name in the metrics."""
    given = exam.code.gives(key)
    return [site for site in given if exam.code.function(site) is not None]


def _numbers(part: dict[str, Any]) -> Iterator[tuple[list[str], float]]:
    """The numbers in metrics, each with the keys that lead to it."""
    for key, value in part.items():
        if isinstance(value, dict):
            for path, number in _numbers(value):
                yield [key, *path], number
        else:
            yield [key], value


def _same(saw: object, value: float) -> bool:
    if isinstance(saw, bool) or not isinstance(saw, int | float):
        return False
    # A difference of two readings of a clock is never quite round.
    return round(saw, 3) == round(value, 3)


@check(
    "errors",
    points=2,
    hint="Which outcomes can a quote have, and a call to a carrier? Does each of them "
    "pass a line that counts it?",
)
async def test_metrics_count_every_outcome(exam: Exam) -> None:
    """The metrics count quotes, calls to carriers and reports, by their outcome."""
    desk = Desk(exam)
    zero = {"calls": 0, "missed": 0, "slowest": 0.0}
    await _expect_metrics(
        exam,
        "before the first quote",
        {
            "quotes": {"complete": 0, "partial": 0, "failed": 0},
            "carriers": dict.fromkeys(_CARRIERS, zero),
            "analytics": {"told": 0, "failed": 0},
        },
    )
    late, failing, fine = exam.random.sample(_CARRIERS, 3)
    for _ in range(3):
        await _post(exam, desk.trip())
    desk.carriers[failing].answers(lambda request: Response(status_code=500))
    await _post(exam, desk.trip())
    desk.carriers[late].takes(_SILENT)
    await _post(exam, desk.trip())
    desk.carriers[fine].takes(_SILENT)
    await _post(exam, desk.trip())
    await exam.settle()

    await _expect_metrics(
        exam,
        "after three complete quotes, two partial ones and one without an offer",
        {
            "quotes": {"complete": 3, "partial": 2, "failed": 1},
            "carriers": {
                late: {"calls": 6, "missed": 2},
                failing: {"calls": 6, "missed": 3},
                fine: {"calls": 6, "missed": 1},
            },
            "analytics": {"told": 5, "failed": 0},
        },
    )


@check(
    "errors",
    points=2,
    hint="Where does the clock start, where does it stop, and does it stop as well "
    "when the call fails or is late?",
)
async def test_metrics_know_each_carriers_slowest_call(exam: Exam) -> None:
    """The metrics know how long each carrier's slowest call took, missed or not."""
    desk = Desk(exam)
    late, failing, fine = exam.random.sample(_CARRIERS, 3)
    shift = exam.random.choice((0.0, 0.25, 0.5))
    desk.carriers[late].takes(_SILENT)
    desk.carriers[failing].takes(1.5 + shift)
    desk.carriers[failing].answers(lambda request: Response(status_code=500))
    desk.carriers[fine].takes(1.0 + shift)
    await _post(exam, desk.trip())
    desk.recover()
    await _post(exam, desk.trip())
    await exam.settle()

    truth = {late: _PATIENCE, failing: 1.5 + shift, fine: 1.0 + shift}
    await _expect_metrics(
        exam,
        "after a slow quote and a quick one",
        {"carriers": {name: {"slowest": value} for name, value in truth.items()}},
    )


# --- whatever the schedule ------------------------------------------------------------

# How one answer of a carrier may fail, and how a carrier may for a whole plan.
_BREAKS = {
    "reset": BreaksOff(reset=True),
    "hang up": BreaksOff(),
    "garbage": BreaksOff(b"this is no HTTP\r\n\r\n"),
}
_PAGES = ("", "<h1>We are moving</h1>", '{"price": 42')
_ERRORS = (400, 404, 429, 500, 503)
_FAILURES: tuple[str | int, ...] = (*_BREAKS, *_PAGES, *_ERRORS)
_SHUT = ("refuses", "unknown", "unreachable")


@dataclass(frozen=True)
class Leg:
    """How long a carrier takes for a trip (s), and how it fails, if it does."""

    takes: float
    fails: str | int | None = None

    def __post_init__(self) -> None:
        if self.takes == _PATIENCE:
            raise ValueError("who answers at the last moment is in time, or is not")


@dataclass(frozen=True)
class Order:
    """A quote that is asked for, and perhaps once more, so much later.

    Attributes:
        untold: analytics does not take its report.
    """

    at: float
    rail: Leg
    coach: Leg
    ferry: Leg
    again: float | None = None
    untold: bool = False

    def starts(self) -> list[float]:
        return [self.at, *([] if self.again is None else [self.at + self.again])]


@dataclass(frozen=True)
class Day:
    """What the desk is asked for, while perhaps nobody can connect to one carrier.

    Attributes:
        telling: how long a report takes.
    """

    orders: tuple[Order, ...]
    telling: float = 0.0
    shut: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        ends = [at + self._lasts(one) for one in self.orders for at in one.starts()]
        if len(set(ends)) < len(ends):
            raise ValueError("SQLite lets only one of them write at a time")

    def _lasts(self, order: Order) -> float:
        ways = dict(self.shut)
        waits = {"refuses": 0.0, "unknown": 0.0, "unreachable": _PATIENCE}
        return max(
            waits[ways[name]]
            if name in ways
            else min(_leg(order, name).takes, _PATIENCE)
            for name in _CARRIERS
        )


def some_day(draw: Random) -> Day:
    def leg() -> Leg:
        takes = draw.choice([one / 4 for one in range(16) if one / 4 != _PATIENCE])
        return Leg(takes, draw.choice(_FAILURES) if draw.random() < 0.25 else None)

    def order() -> Order:
        return Order(
            at=draw.choice((0.0, seconds(draw, 2))),
            rail=leg(),
            coach=leg(),
            ferry=leg(),
            again=seconds(draw, 1) if draw.random() < 0.2 else None,
            untold=draw.random() < 0.2,
        )

    telling, shut = seconds(draw, 1), draw.random() < 0.3
    day = Day((), telling, ((draw.choice(_CARRIERS), draw.choice(_SHUT)),) * shut)
    for _ in range(draw.randint(1, 4)):
        with suppress(ValueError):
            day = replace(day, orders=(*day.orders, order()))
    return day


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
    orders = [(order, desk.trip(order)) for order in plan.orders]
    asks = [
        Ask("POST", "/quotes", at, json=trip)
        for order, trip in orders
        for at in order.starts()
    ]
    untold = [trip for order, trip in orders if order.untold]
    before = {row["id"] for row in _rows(exam)}
    first = len(exam.services.report_quote.calls)

    def report_quote(quote_id: int, complete: bool) -> None:
        if _trip_of(exam, quote_id) in untold:
            raise Raises("AnalyticsError", "the queue is full")

    exam.services.report_quote.takes(plan.telling).answers(report_quote)
    made = await exam.carry_out(asks, view=_without_id)
    read = await _read(exam, made)
    state = {
        "quotes": _sorted(row for row in _rows(exam) if row["id"] not in before),
        "reports": _sorted(
            {
                **(_trip_of(exam, call.arguments["quote_id"]) or {}),
                "complete": call.arguments["complete"],
                "outcome": call.outcome,
            }
            for call in exam.services.report_quote.calls[first:]
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
    if reply.status >= 400:
        return None
    try:
        body = reply.json()
    except (ValueError, RecursionError):
        return reply.text
    if isinstance(body, dict):
        body.pop("id", None)
    return body


def _trip_of(exam: Exam, quote_id: object) -> Trip | None:
    """The trip of a quote that is stored."""
    for row in _rows(exam):
        if row["id"] == quote_id:
            return {name: row[name] for name in ("origin", "destination")}
    return None


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in an order of their own, without ids."""
    plain = [{key: row[key] for key in row if key != "id"} for row in rows]
    return sorted(plain, key=repr)


async def _read(exam: Exam, made: Observation) -> Observation:
    """Read all quotes at once, each by the id that its answer has told, if any."""
    numbers = [
        _number(exam, reply) if reply is not None and reply.status < 400 else _UNKNOWN
        for reply in made.replies
    ]
    asks = [Ask("GET", f"/quotes/{number}") for number in numbers]
    exam.database.statements_take(_READING)
    read = await exam.carry_out(
        [*asks, Ask("GET", f"/quotes/{_UNKNOWN}")], view=_without_id
    )
    exam.database.statements_take(0.0)
    names = [f"/quotes/(that of request {place})" for place in range(1, len(asks) + 1)]
    return replace(
        read,
        asks=tuple(
            replace(ask, target=name)
            for ask, name in zip(read.asks, [*names, "/quotes/(nobody's)"], strict=True)
        ),
        # How many statements a style makes is its own business.
        answers=tuple(replace(one, took=0.0) for one in read.answers),
    )


# How long a statement takes while quotes are read.
_READING = 0.25


async def _metrics(exam: Exam) -> dict[str, Any]:
    """The numbers that the brief names; seconds to the hundredth."""
    reply = await exam.get("/metrics")
    exam.expect_status(reply, 200)
    told = exam.json_of(reply)

    def number(*path: str) -> Any:
        value = told
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return round(value, 2) if isinstance(value, float) else value

    return {
        ".".join(path): number(*path)
        for path in (
            *(("quotes", key) for key in ("complete", "partial", "failed")),
            *(("analytics", key) for key in ("told", "failed")),
            *(
                ("carriers", name, key)
                for name in _CARRIERS
                for key in ("calls", "missed", "slowest")
            ),
        )
    }

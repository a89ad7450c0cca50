"""Exchange rates: the life of one HTTP client, judged from the network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from graders.proctor import (
    Ask,
    BreaksOff,
    Exam,
    Observation,
    Reply,
    Site,
    Upstream,
    check,
    every_schedule,
    seconds,
)

_HOST = "127.0.0.1"
_CURRENCIES = ("AUD", "CAD", "CHF", "DKK", "EUR", "GBP", "JPY", "NOK", "SEK", "USD")
_REQUESTS, _CONNECTIONS, _KEPT = 50, 20, 5
_PATIENCE = 3.0
# Every error that the brief has told as a 502.
_ERRORS = (400, 401, 403, 408, 410, 422, 429, 500, 501, 502, 503, 504)
_HALF = b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"base": "'
# How a connection ends before the answer does.
_BREAKS = {
    "cuts the connection off": BreaksOff(reset=True),
    "hangs up without an answer": BreaksOff(),
    "hangs up in the middle of its answer": BreaksOff(_HALF),
    "cuts the connection off in the middle of its answer": BreaksOff(_HALF, reset=True),
}


def world(exam: Exam) -> None:
    exam.network.serve(_HOST, lambda request: Response(status_code=404))


def _publish(exam: Exam) -> dict[str, Any]:
    """Let the rates API quote some currencies; what it answers, by base."""
    quotes: dict[str, Any] = {}
    for base in exam.random.sample(_CURRENCIES, 6):
        others = exam.random.sample([one for one in _CURRENCIES if one != base], 3)
        rates = {one: round(exam.random.uniform(0.5, 9.5), 4) for one in others}
        quotes[base] = {"base": base, "rates": rates}

    def latest(request: Request) -> Response:
        directory, _, base = request.url.path.rpartition("/")
        if directory != "/latest" or base not in quotes:
            return JSONResponse({"error": "no such currency"}, 404)
        return JSONResponse(quotes[base])

    _api(exam).answers(latest)
    return quotes


def _api(exam: Exam) -> Upstream:
    return exam.network.upstreams[_HOST]


async def _expect_rates(exam: Exam, quotes: dict[str, Any]) -> Reply:
    """Some currency's rates are answered as the API quotes them."""
    base = exam.random.choice(sorted(quotes))
    reply = await exam.get(f"/rates/{base}")
    _expect_started(exam, reply)
    exam.expect_json(reply, quotes[base], source="the rates API")
    return reply


def _expect_started(exam: Exam, reply: Reply, status: int = 200) -> None:
    """The reply has this status; a 503 says that start-up has not done its work."""
    made = exam.database.of("client opened")
    if reply.status != 503 or (made and status != 200):
        exam.expect_status(reply, status)
        return
    # Where there is no client at all, the line that makes it has never run.
    lines = [] if made else exam.code.calls("AsyncClient", "Client")
    exam.fail(
        f"{reply.request} answers {status}",
        "503",
        advice="The service had been started. Which of your functions for start-up has "
        "FastAPI really called?",
        site=[*lines, exam.answer(reply.run)][0],
    )


async def _burst(exam: Exam, quotes: dict[str, Any]) -> float:
    """Fifty requests at once, each of which the API answers after half a second.

    Returns:
        When they began.
    """
    began = exam.now
    _api(exam).takes(0.5)
    bases = [exam.random.choice(sorted(quotes)) for _ in range(_REQUESTS)]
    replies = await asyncio.gather(*(exam.get(f"/rates/{base}") for base in bases))
    for base, reply in zip(bases, replies, strict=True):
        _expect_started(exam, reply)
        exam.expect_json(reply, quotes[base], source="the rates API")
    await exam.settle()
    return began


@check(
    "resources",
    points=3,
    hint="Where in your code is the client made, and how often does that line run?",
)
async def test_fifty_requests_share_one_client_and_one_connection(exam: Exam) -> None:
    """Fifty requests, one after the other, share one client and its one connection."""
    quotes = _publish(exam)

    for _ in range(_REQUESTS):
        reply = await _expect_rates(exam, quotes)

    calls = _api(exam).calls
    exam.expect(
        len(calls) == _REQUESTS,
        f"{_REQUESTS} requests to the rates API, one for each request",
        f"{len(calls)}",
        site=exam.endpoint(reply.run),
    )
    made = exam.database.of("client opened")
    exam.expect(
        len(made) <= 1,
        f"1 client for {_REQUESTS} requests",
        f"{len(made)} clients",
        site=made[-1].site if made else None,
    )
    connections = _api(exam).connections
    exam.expect(
        len(connections) == 1,
        f"1 connection for {_REQUESTS} requests",
        f"{len(connections)} connections",
        advice="There is one client, and it connects anew for each request. What tells "
        "it how many connections to keep?"
        if len(made) == 1
        else "",
        site=_limit(exam, "max_keepalive_connections"),
        no_site="the client was made by no line of yours",
    )


@check(
    "resources",
    points=2,
    hint="How many connections may a client open when nobody tells it a limit?",
)
async def test_a_burst_of_requests_uses_twenty_connections(exam: Exam) -> None:
    """Of fifty requests at once, twenty are on their way, and all are answered."""
    quotes = _publish(exam)

    began = await _burst(exam, quotes)

    api = _api(exam)
    few = api.peak_connections < _CONNECTIONS
    turns = exam.causes.of_turns(began, exam.now) if few else None
    too_few = (
        f"The client may open {_CONNECTIONS} connections. Which of your lines keeps "
        "the requests from using them?"
    )
    exam.expect(
        api.peak_connections == _CONNECTIONS,
        f"{_CONNECTIONS} connections at most, and that many for a burst",
        f"{api.peak_connections}",
        advice=too_few if few else _SEVERAL if _has_several(exam) else "",
        site=turns or _limit(exam, "max_connections"),
        no_site="the client was made by no line of yours",
    )
    exam.expect(
        api.peak == _CONNECTIONS,
        f"{_CONNECTIONS} requests on their way at once",
        f"{api.peak}",
        site=exam.causes.of_turns(began, exam.now) or _origin(exam),
        no_site="the client was made by no line of yours",
    )


@check(
    "resources",
    points=2,
    hint="Which limit of the client says how many idle connections it keeps?",
)
async def test_five_connections_are_kept_after_a_burst(exam: Exam) -> None:
    """After a burst five connections are kept for the next requests."""
    quotes = _publish(exam)

    began = await _burst(exam, quotes)

    few = _api(exam).peak_connections < _KEPT
    turns = exam.causes.of_turns(began, exam.now) if few else None
    exam.expect(
        _api(exam).open_now == _KEPT,
        f"{_KEPT} connections open when all is quiet",
        f"{_api(exam).open_now}",
        site=turns or _limit(exam, "max_keepalive_connections"),
        no_site="the client was made by no line of yours",
    )


@check(
    "resources",
    points=2,
    hint="A connection goes back when its answer has been read or closed. Does that "
    "happen on every way out of your endpoint?",
)
async def test_error_answers_give_their_connections_back(exam: Exam) -> None:
    """However many error answers came before, the next requests are answered."""
    too_many = range(_CONNECTIONS + _CONNECTIONS // 2)
    _api(exam).answers(partial(_refuse, 503))
    for _ in too_many:
        await exam.get("/rates/EUR")

    quotes = _publish(exam)
    for _ in too_many:
        await exam.get("/rates/XXX")
    await _expect_a_connection(exam, quotes)
    await _expect_rates(exam, quotes)

    _api(exam).answers(lambda request: BreaksOff()).takes(1)
    for _ in too_many:
        await exam.get("/rates/EUR")
    _api(exam).takes(60)
    await asyncio.gather(*(exam.get("/rates/EUR") for _ in range(_CONNECTIONS)))
    quotes = _publish(exam)
    _api(exam).takes(0)
    await _expect_a_connection(exam, quotes)
    await _expect_rates(exam, quotes)


async def _expect_a_connection(exam: Exam, quotes: dict[str, Any]) -> None:
    """There is a connection for a request: they are not all held by earlier ones."""
    asked = len(_api(exam).calls)
    reply = await exam.get(f"/rates/{exam.random.choice(sorted(quotes))}")
    if len(_api(exam).calls) > asked:
        _expect_started(exam, reply)
    held = [one for one in _api(exam).connections if one.closed is None]
    exam.expect(
        len(_api(exam).calls) > asked,
        f"{reply.request} reaches the rates API",
        f"{reply.status}: it did not, and {len(held)} connections are still open",
        site=held[-1].site if len(held) == _CONNECTIONS else exam.answer(reply.run),
    )


@check(
    "resources",
    points=2,
    hint="Which code runs when the service stops? Does it reach the client's end?",
)
async def test_the_client_is_closed_when_the_service_stops(exam: Exam) -> None:
    """When the service stops the client is closed, whatever happened before."""
    quotes = _publish(exam)
    await exam.get("/rates/XXX")
    _api(exam).refuses()
    await asyncio.gather(*(exam.get(f"/rates/{base}") for base in quotes))
    _api(exam).recovers()
    await _expect_rates(exam, quotes)

    await exam.lifespan.stop()
    await exam.settle()

    closed = {item.key for item in exam.database.of("client closed")}
    for item in exam.database.of("client opened"):
        exam.expect(
            item.key in closed,
            "a closed client once the service has stopped",
            "one is still open",
            # Where it is closed, or handed to somebody who shall close it.
            site=[*exam.code.mentions("aclose"), item.site][0],
        )
    exam.expect(
        _api(exam).open_now == 0,
        "no open connection once the service has stopped",
        f"{_api(exam).open_now}",
        site=_origin(exam),
        no_site="the client was made by no line of yours",
    )


@check(
    "resources",
    points=2,
    hint="A client that has been closed is of no use any more. When is yours made: "
    "when app.py is imported, or each time the service starts?",
    lifespan=False,
)
async def test_the_client_is_made_at_start_up(exam: Exam) -> None:
    """The client is made at start-up: a service that was stopped can start again."""
    quotes = _publish(exam)
    early = exam.database.of("client opened")
    exam.expect(
        not early,
        "no client before the service starts",
        "one was made while app.py was imported",
        site=early[0].site if early else None,
    )

    # Two lives with good answers, one with a 404 only, and one without any.
    for life in (1, 2, 3, 4):
        await exam.lifespan.start()
        exam.expect(
            len(exam.database.of("client opened")) == life,
            "one client when the service has started",
            f"{len(exam.database.of('client opened'))} in {life} lives of the service",
            site=[*exam.code.calls("AsyncClient", "Client"), None][0],
            no_site="no line of yours makes one",
        )
        if life <= 2:
            await _expect_rates(exam, quotes)
        elif life == 3:
            await exam.get("/rates/XXX")
        await exam.lifespan.stop()


@check(
    "errors",
    points=3,
    hint="An answer with an error status is still an answer: httpx raises nothing "
    "unless it is asked to. Which statuses does the brief's table name?",
)
async def test_an_error_of_the_rates_api_is_told_as_the_brief_says(exam: Exam) -> None:
    """The rates API's 404 is a 404, and every other error of its own is a 502."""
    quotes = _publish(exam)
    _expect_started(exam, await exam.get("/rates/XXX"), 404)

    for status in exam.random.sample(_ERRORS, len(_ERRORS)):
        _api(exam).answers(partial(_refuse, status))
        reply = await exam.get(f"/rates/{exam.random.choice(sorted(quotes))}")
        _expect_started(exam, reply, 502)

    quotes = _publish(exam)
    await _expect_rates(exam, quotes)


@check(
    "errors",
    points=2,
    hint="What does httpx raise when there is no connection, and when it breaks? Do "
    "the exceptions have a base class in common?",
)
async def test_a_rates_api_that_cannot_be_reached_is_a_502(exam: Exam) -> None:
    """A rates API that refuses connections, breaks them, or hangs up, is a 502."""
    _api(exam).refuses()
    _expect_started(exam, await exam.get("/rates/EUR"), 502)
    _api(exam).recovers()
    for breaks in _BREAKS.values():
        _api(exam).answers(partial(_break_off, breaks))
        _expect_started(exam, await exam.get("/rates/EUR"), 502)
    await _expect_rates(exam, _publish(exam))


@check(
    "errors",
    points=1,
    hint="How long does your client wait for a connection, and what does it raise?",
)
async def test_a_connection_that_is_never_made_is_a_502_or_a_504(exam: Exam) -> None:
    """A connection that is never made is a 502 or a 504."""
    _api(exam).unreachable()
    reply = await exam.get("/rates/EUR")
    _expect_started(exam, reply, 502 if reply.status != 504 else 504)
    _api(exam).recovers()
    await _expect_rates(exam, _publish(exam))


@check(
    "errors",
    points=2,
    hint="What does your endpoint find where the client should be, if start-up has not "
    "put it there?",
    lifespan=False,
    guard=True,
)
async def test_a_request_before_start_up_is_a_503(exam: Exam) -> None:
    """A request that arrives before start-up is a 503, and goes no further."""
    _publish(exam)

    exam.expect_status(await exam.get("/rates/EUR"), 503)

    calls = _api(exam).calls
    exam.expect(
        not calls,
        "no request to the rates API before the service has started",
        f"{len(calls)}",
        site=calls[0].outermost if calls else None,
        timeline=calls,
    )


@check(
    "timeouts",
    points=3,
    hint="How long does your client wait for an answer, and what does it raise then?",
)
async def test_a_silent_rates_api_is_given_up_after_three_seconds(exam: Exam) -> None:
    """A rates API that is silent for 3 s is given up: 504. At 2.9 s it is in time."""
    quotes = _publish(exam)
    _api(exam).takes(2.9)
    exam.expect_took(await _expect_rates(exam, quotes), 2.9)

    _api(exam).takes(60)
    late = await exam.get(f"/rates/{exam.random.choice(sorted(quotes))}")
    exam.expect_took(late, _PATIENCE, calls=_api(exam).calls)
    exam.expect_status(
        late,
        504,
        advice="Which of httpx's exceptions is a timeout, and which of your except "
        "clauses catches it first?",
    )

    call = _api(exam).calls[-1]
    exam.expect(
        call.outcome == "cancelled",
        "the call to the rates API is given up",
        "it went on after the answer",
        advice="You have answered. Who ends the call that nobody waits for any more?",
        site=call.site or exam.endpoint(late.run),
        timeline=[call],
    )


@check(
    "blocking",
    points=1,
    hint="What else can your service do while it waits for the rates API?",
    guard=True,
)
async def test_health_answers_while_the_rates_api_is_silent(exam: Exam) -> None:
    """`/health` answers while the rates API keeps fifty requests waiting."""
    quotes = _publish(exam)
    with _api(exam).gate() as gate:
        waiting = [
            exam.start("GET", f"/rates/{exam.random.choice(sorted(quotes))}")
            for _ in range(_REQUESTS)
        ]
        await exam.settle(0.5)
        health = await exam.get("/health")
        exam.expect_status(health, 200)
        exam.expect_json(health, {"status": "ok"})
        exam.expect_took(health, 0.0)
        gate.open()
        for exchange in waiting:
            _expect_started(exam, await exchange.reply())


def _refuse(status: int, request: Request) -> Response:
    return _error(status)


def _error(status: int) -> Response:
    if status == 404:
        return JSONResponse({"error": "no such currency"}, status)
    # Not every error is JSON; and whatever it advises, each request asks once.
    return HTMLResponse("<h1>Not today</h1>", status, {"retry-after": "1"})


def _break_off(how: BreaksOff, request: Request) -> BreaksOff:
    return how


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """One request.

    Attributes:
        at: when (s).
        base: the currency; for /health there is none.
        fate: what the rates API answers to it: a status, or how it breaks off.
        takes: after how long (s).
        cents: what a dollar costs at that moment.
    """

    at: float
    base: str
    fate: str
    takes: float
    cents: int

    def __post_init__(self) -> None:
        if self.takes == _PATIENCE:
            raise ValueError("whether that is in time nobody can say")

    @property
    def answer(self) -> Response | BreaksOff:
        if self.fate in _BREAKS:
            return _BREAKS[self.fate]
        if self.fate != "200":
            return _error(int(self.fate))
        rates = {"USD": self.cents / 100}
        return JSONResponse({"base": self.base, "rates": rates})


def wishes(draw: Random) -> tuple[Wish, ...]:
    # Few currencies: the same one is often asked for again, and at the same time.
    bases = draw.sample(_CURRENCIES, 2)
    troubles = ("404", *_BREAKS, *map(str, draw.sample(_ERRORS, 4)))
    late = (0, 0, 0, 0, _PATIENCE + 1 / 64)
    # Some are asked and answered at the very same moment.
    together = seconds(draw, 6), seconds(draw, 1)

    def times() -> tuple[float, float]:
        if draw.random() < 0.4:
            return together
        # Many are over before the next begins, some are not, some are in vain.
        most = draw.choice((1.0, 1.0, _PATIENCE))
        return seconds(draw, 6), seconds(draw, most) + draw.choice(late)

    def fate() -> str:
        return draw.choice(("200", "200", draw.choice(troubles)))

    def base() -> str:
        return draw.choice((*bases, *bases, *bases, ""))

    return tuple(
        Wish(at, base(), fate(), takes, draw.randrange(100, 900))
        for at, takes in (times() for _ in range(draw.randint(2, 6)))
    )


@every_schedule(
    "errors",
    points=2,
    hint="What do two requests share in your code, and what of an earlier one is still "
    "there when another is answered?",
    plans=wishes,
    count=24,
    stops=True,
)
async def test_each_request_is_told_what_the_rates_api_says_now(
    exam: Exam, plan: tuple[Wish, ...]
) -> Observation:
    """Each request asks the rates API once, and is told what it answers to this one"""
    _api(exam).takes(0).answers(partial(_latest, exam, exam.now, plan))
    return await exam.carry_out(
        [
            Ask("GET", f"/rates/{one.base}" if one.base else "/health", one.at)
            for one in plan
        ]
    )


async def _latest(
    exam: Exam, began: float, plan: Sequence[Wish], request: Request
) -> Response | BreaksOff:
    """What the rates API answers to whoever asks for a currency at this moment."""
    base = request.url.path.rpartition("/")[2]
    so_far = [one for one in plan if one.base == base and began + one.at <= exam.now]
    if not so_far:
        return _refuse(404, request)
    wish = max(so_far, key=lambda one: one.at)
    await asyncio.sleep(wish.takes)
    return wish.answer


_SEVERAL = (
    "More than one client was made, each with connections of its own. How often does "
    "this line run while the first requests arrive?"
)


def _has_several(exam: Exam) -> bool:
    return len(exam.database.of("client opened")) > 1


def _limit(exam: Exam, name: str) -> Site | None:
    """Where the one client's limit is set, or could be; else where it was made."""
    if _has_several(exam):
        return _origin(exam)
    limits = exam.code.calls("Limits", used=True)
    return [*exam.code.gives(name), *limits, _origin(exam)][0]


def _origin(exam: Exam) -> Site | None:
    """Where the client was made, or else where a connection was opened."""
    sites = [item.site for item in exam.database.of("client opened")]
    sites += [connection.site for connection in _api(exam).connections]
    return next((site for site in sites if site is not None), None)

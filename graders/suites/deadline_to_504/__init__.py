"""The hidden suite of the kata `deadline_to_504`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.proctor import (
    Ask,
    BreaksOff,
    CallRecord,
    Exam,
    Observation,
    Reply,
    Upstream,
    check,
    every_schedule,
    seconds,
)

DEADLINE = 2.0
# Longer than any patience that a submission may have.
SILENT = 60.0
# httpx has a timeout for each step of a call.
STEPS = ("ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout")
# Fewer than httpx's connections (100) and Starlette's threads (40).
TRAVELLERS = 30

COLOURS = {"S1": "green", "S3": "blue", "RE5": "red", "IC8": "black"}
TOWNS = ("Chiasso", "Brig", "Romanshorn", "Visp", "Thun", "Wil", "Biel", "Arth")
STATIONS = ("aarau", "olten", "sargans", "landquart", "thalwil", "morges", "yverdon")


class Railway:
    """The world: the timetable, with trains drawn anew, and the cache of the boards.

    Attributes:
        timetable: the upstream that knows the trains.
        here, there: two stations that it knows.
        says: what it answers, whatever it is asked.
    """

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self.says: Response | None = None
        self.here, self.there = exam.random.sample(STATIONS, 2)
        self._trains = {name: self._some_trains() for name in (self.here, self.there)}
        self._cached = {name: self._board(self._some_trains()) for name in STATIONS}
        self.timetable: Upstream = exam.network.serve("timetable.example", self._serve)
        exam.services.last_departures.answers(lambda station: self._cached[station])

    def _some_trains(self) -> list[dict[str, str]]:
        draw = self._random
        return [
            {
                "line": draw.choice(list(COLOURS)),
                "to": draw.choice(TOWNS),
                "at": f"{hour:02}:{draw.randint(10, 59)}",
            }
            for hour in sorted(draw.sample(range(5, 24), 3))
        ]

    @staticmethod
    def _board(trains: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{**train, "colour": COLOURS[train["line"]]} for train in trains]

    def _serve(self, request: Request) -> Response:
        if self.says is not None:
            return self.says
        trains = self.trains(request.url.path)
        if trains is None:
            return JSONResponse({"detail": "No such station"}, 404)
        return JSONResponse(trains)

    def add_station(self, name: str) -> None:
        """One more station, with trains of its own and others in the cache."""
        self._trains[name] = self._some_trains()
        self._cached[name] = self._board(self._some_trains())

    def add_unknown_line(self, station: str) -> None:
        """A train of a line that the table of colours lacks."""
        self._trains[station][1]["line"] = "N77"

    def trains(self, path: str) -> list[dict[str, str]] | None:
        """The trains of the station that a request is for."""
        return self._trains.get(path.removeprefix("/departures/"))

    def page(self, station: str, *, stale: bool = False) -> dict[str, Any]:
        """What the board of a station should show."""
        rows = self._cached[station] if stale else self._board(self._trains[station])
        return {"station": station, "departures": rows, "stale": stale}


def path(station: str, *, fallback: bool = False) -> str:
    return f"/departures/{station}" + ("?fallback=cache" if fallback else "")


def the_call(exam: Exam, railway: Railway, run: int) -> CallRecord:
    """The one request that a board makes of the timetable."""
    calls = railway.timetable.calls
    site = calls[-1].site if calls else exam.endpoint(run)
    exam.expect(
        len(calls) == 1,
        "the timetable is asked once",
        f"{len(calls)} requests arrived" if calls else "no request arrived",
        site=site and (exam.code.loop(site) or site),
        advice="How often may your code ask, and who waits meanwhile?" if calls else "",
        timeline=calls,
    )
    return calls[0]


async def asked(exam: Exam, railway: Railway, target: str) -> Reply:
    """The reply to a request that has made the submission ask the timetable."""
    timetable = railway.timetable
    before = len(timetable.calls), len(timetable.attempts)
    reply = await exam.get(target)
    exam.expect(
        (len(timetable.calls), len(timetable.attempts)) != before,
        "the timetable is asked",
        "it was not asked",
        site=exam.endpoint(reply.run),
    )
    return reply


def expect_given_up(exam: Exam, call: CallRecord) -> None:
    """A call has not gone on after its deadline, whatever became of its request."""
    lasted = (exam.now if call.ended is None else call.ended) - call.began
    exam.expect(
        lasted <= DEADLINE,
        f"{call.name} ends after {DEADLINE:g} s at most, also when its request ends "
        "earlier",
        f"it went on for {lasted:g} s",
        advice="When its request is cancelled, who ends the call?",
        site=call.site,
        timeline=[call],
    )


def expect_deadline(exam: Exam, railway: Railway, reply: Reply) -> None:
    """The answer came at the deadline."""
    if reply.took > DEADLINE:
        the_call(exam, railway, reply.run)
    exam.expect_took(reply, DEADLINE)


@check(
    "errors",
    points=1,
    hint="Ask `{TIMETABLE_URL}/departures/{station}`, and give `board` what it says.",
)
async def test_a_board_shows_the_trains_of_its_station(exam: Exam) -> None:
    """A board shows the trains that the timetable has for its station."""
    railway = Railway(exam)

    for station in (railway.here, railway.there):
        reply = await exam.get(path(station))

        exam.expect_status(reply, 200)
        exam.expect_json(reply, railway.page(station))


@check(
    "timeouts",
    points=3,
    hint="httpx has timeouts, and asyncio has them for everything that can be awaited. "
    "Which of yours holds while it connects, which while it waits?",
)
async def test_a_traveller_waits_two_seconds_and_no_more(exam: Exam) -> None:
    """The answer comes after 2 s when the timetable is silent or does not connect."""
    railway = Railway(exam)
    railway.timetable.takes(SILENT)

    expect_deadline(exam, railway, await exam.get(path(railway.here)))
    railway.timetable.unreachable()
    expect_deadline(exam, railway, await exam.get(path(railway.here)))


@check(
    "errors",
    points=2,
    hint="Which exception says that the time is over? The body is a JSON object of "
    "your own, not a `detail`.",
)
async def test_a_silent_timetable_is_504(exam: Exam) -> None:
    """A timetable that is out of time is a 504 that says `upstream_timeout`."""
    railway = Railway(exam)
    railway.timetable.takes(SILENT)

    silent = await exam.get(path(railway.here))
    railway.timetable.unreachable()
    unreachable = await exam.get(path(railway.here))

    for reply in (silent, unreachable):
        one_step = exam.code.handlers(*STEPS, raising=True)
        if reply.status == 502 and one_step:
            # Some timeouts are known to it, and this was another one.
            exam.fail(f"{reply.request} answers 504", "502", site=one_step[0])
        exam.expect_status(reply, 504)
        exam.expect_json(reply, {"error": "upstream_timeout"})


@check(
    "timeouts",
    points=2,
    hint="Not waiting any longer is one thing, ending the call another. Who cancels "
    "it?",
)
async def test_the_call_ends_at_the_deadline(exam: Exam) -> None:
    """After 2 s the call to the timetable is given up."""
    railway = Railway(exam)
    railway.timetable.takes(SILENT)

    reply = await exam.get(path(railway.here))
    await exam.settle()

    call = the_call(exam, railway, reply.run)
    shields = exam.code.calls("shield")
    lasted = (exam.now if call.ended is None else call.ended) - reply.began
    exam.expect(
        lasted <= DEADLINE,
        f"the call to the timetable ends after {DEADLINE:g} s",
        f"it went on for {lasted:g} s",
        # In a thread, the line that has given up waiting for it is all that is known.
        site=next(iter(shields), call.site)
        or exam.causes.of_timer(reply.ended, reply.run)
        or exam.answer(reply.run),
        timeline=[call],
    )


@check(
    "timeouts",
    points=1,
    hint="2 s are for the whole call. Is any step of it given less?",
)
async def test_an_answer_after_1_9_seconds_is_in_time(exam: Exam) -> None:
    """A timetable that answers after 1.9 s is in time."""
    railway = Railway(exam)
    railway.timetable.takes(1.9)

    reply = await exam.get(path(railway.here))

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 1.9)


@check(
    "timeouts",
    points=2,
    hint="A cancelled request sees CancelledError. It is not a timeout: clean up if "
    "you must, and let it go on.",
)
async def test_a_cancelled_request_ends_cancelled(exam: Exam) -> None:
    """A request that is cancelled from outside ends, and sends nothing."""
    railway = Railway(exam)
    with railway.timetable.gate():
        exchange = exam.start("GET", path(railway.here))
        await exam.settle(1)
        call = the_call(exam, railway, exchange.run)
        exchange.cancel()
        await exchange.returns()
        await exam.sleep(SILENT)

    sent = [str(event.message.get("status", "")) for event in exchange.events]
    site = [*exam.code.handlers("BaseException", "CancelledError"), call.site][0]
    exam.expect(
        not sent,
        "a request that is cancelled sends no response",
        f"it sent a {sent[0]}" if sent else "",
        site=site,
    )
    exam.expect(
        exchange.finished is not None and exchange.finished.cancelled,
        "a request that is cancelled ends cancelled",
        "the cancellation was caught on its way",
        site=site,
    )
    expect_given_up(exam, call)


@check(
    "errors",
    points=2,
    hint="Only who asks for the cache gets it, and it knows that it does: look at "
    "`stale`.",
)
async def test_the_cache_helps_out_when_asked(exam: Exam) -> None:
    """With `fallback=cache` a timeout shows what the cache has, marked as stale."""
    railway = Railway(exam)
    # What a board has shown is not what the cache has.
    exam.expect_status(await exam.get(path(railway.here)), 200)
    railway.timetable.takes(SILENT)

    silent = await exam.get(path(railway.here, fallback=True))
    railway.timetable.unreachable()
    unreachable = await exam.get(path(railway.there, fallback=True))

    for reply, station in ((silent, railway.here), (unreachable, railway.there)):
        exam.expect_status(reply, 200)
        exam.expect_json(reply, railway.page(station, stale=True))


@check(
    "errors",
    points=1,
    hint="A call that fails at once is no timeout. Look at httpx's tree of exceptions.",
)
async def test_a_broken_connection_is_502(exam: Exam) -> None:
    """A timetable that cannot be reached or breaks off is a 502, with any fallback."""
    railway = Railway(exam)
    timetable = railway.timetable
    troubles = [timetable.refuses, timetable.unknown, timetable.resets]
    for trouble in exam.random.sample(troubles, len(troubles)):
        trouble()
        for fallback in (False, True):
            reply = await asked(exam, railway, path(railway.here, fallback=fallback))

            cached = exam.calls.of("last_departures")
            if reply.status == 200 and cached and cached[-1].site is not None:
                # The cache helped out, where it should not have been asked.
                site = exam.code.condition(cached[-1].site) or cached[-1].site
                exam.fail(f"{reply.request} answers 502", "200", site=site)
            exam.expect_status(reply, 502)


@check(
    "errors",
    points=1,
    hint="An answer is not yet a good answer. What do its status and its text say?",
)
async def test_an_unusable_answer_is_502(exam: Exam) -> None:
    """A timetable that answers with a server error or broken JSON is a 502."""
    railway = Railway(exam)
    answers = [
        Response('[{"line": "S1", "to": ', media_type="application/json"),
        Response("<h1>We are moving</h1>", media_type="text/html"),
        JSONResponse([], 500),
        # Its own timeout with somebody else is none of ours.
        JSONResponse([], 504),
        Response("<h1>Service Unavailable</h1>", 503, media_type="text/html"),
    ]
    for answer in exam.random.sample(answers, len(answers)):
        railway.says = answer

        reply = await asked(exam, railway, path(railway.here))

        if reply.status == 200:
            # It takes for trains whatever comes.
            read = [*exam.code.calls("json"), exam.answer(reply.run)]
            exam.fail(f"{reply.request} answers 502", "200", site=read[0])
        exam.expect_status(reply, 502)


@check(
    "errors",
    points=1,
    hint="The timetable says with its status that it knows no such station.",
)
async def test_an_unknown_station_is_404(exam: Exam) -> None:
    """A station that the timetable does not know is a 404."""
    nowhere = path(f"atlantis-{exam.random.randint(1, 999)}")

    reply = await asked(exam, Railway(exam), nowhere)

    exam.expect_status(reply, 404)


@check(
    "errors",
    points=1,
    hint="Catch the errors that you expect, around the lines that may raise them, and "
    "no others.",
)
async def test_a_bug_of_our_own_stays_500(exam: Exam) -> None:
    """A bug of our own stays a 500, for it is not the timetable's fault."""
    railway = Railway(exam)
    railway.add_unknown_line(railway.here)

    reply = await asked(exam, railway, path(railway.here))

    exam.expect_status(reply, 500)


@check(
    "blocking",
    points=1,
    hint="While one request waits, the event loop must be free to serve others.",
)
async def test_a_silent_station_does_not_hold_up_the_others(exam: Exam) -> None:
    """While one station waits for the timetable, the others get their boards."""
    railway = Railway(exam)
    slow = path(railway.here)
    railway.timetable.takes(lambda request: SILENT if request.url.path == slow else 0.5)

    exchange = exam.start("GET", slow)
    reply = await exam.get(path(railway.there))
    await exchange.reply()

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 0.5)


@check(
    "concurrency",
    points=1,
    hint="What do all requests share: a client, a lock, threads? How many of them may "
    "use it at once, and what do the others do?",
)
async def test_thirty_silent_requests_do_not_hold_up_the_next(exam: Exam) -> None:
    """While thirty requests wait for a silent timetable, the next gets its board."""
    railway = Railway(exam)
    slow = path(railway.here)
    railway.timetable.takes(lambda request: SILENT if request.url.path == slow else 0.5)

    exchanges = [exam.start("GET", slow) for _ in range(TRAVELLERS)]
    await exam.settle(1)
    reply = await exam.get(path(railway.there))
    waited = await asyncio.gather(*(exchange.reply() for exchange in exchanges))

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 0.5)
    for late in waited:
        exam.expect_status(late, 504)


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class Traveller:
    """Who asks for a board: when (s), what helps out, and after what it is given up."""

    at: float
    fallback: bool
    cancelled: float | None = None


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


def drawn_stations(draw: Random) -> tuple[Station, ...]:
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


def shown(ask: Ask, reply: Reply) -> Any:
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
    plans=drawn_stations,
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

    def says(request: Request) -> Response | BreaksOff:
        answer = ANSWERS[stations[request.url.path].says]
        return answer or JSONResponse(railway.trains(request.url.path))

    railway.timetable.takes(lambda request: stations[request.url.path].takes)
    railway.timetable.answers(says)
    exam.services.last_departures.takes(lambda station: stations[path(station)].cache)
    seen = await exam.carry_out(
        [
            Ask(
                "GET",
                path(station.name, fallback=one.fallback),
                one.at,
                cancelled=one.cancelled,
            )
            for station in plan
            for one in station.travellers
        ],
        view=shown,
    )
    for call in seen.records:
        if "path" in call.arguments:
            expect_given_up(exam, call)
    return seen

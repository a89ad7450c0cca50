"""Plans: who asks what and when, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graders.proctor.driver.exchange import Exchange
from graders.proctor.driver.reply import Reply
from graders.proctor.exam.clock import Clock
from graders.proctor.exam.requests import Requests
from graders.proctor.world.calls import CallLog, CallRecord

# Digits of a second: sums of the same times in another order differ after these.
_DIGITS = 6
# How long (virtual seconds) what a plan has set going may take to end after it.
_TO_REST = 30.0
# The same where calls are under way then.
_TO_END = 1_000.0
# Moments are drawn in these (seconds): whole microseconds, and sums of them are exact.
_TICK = 1 / 64


def seconds(draw: Random, most: float, least: float = 0.0) -> float:
    """A duration from `least` to below `most`, for a plan; seldom a round one.

    It is `least` where nothing lies between them.

    Sums and differences of such durations, of halves and of whole seconds are exact, in
    whatever order they are formed: nobody is failed for the last digit of a `float`.
    """
    first, end = round(least / _TICK), round(most / _TICK)
    return draw.randrange(first, max(end, first + 1)) * _TICK


@dataclass(frozen=True)
class Ask:
    """One request of a plan. Times are virtual seconds.

    Attributes:
        method, target: what is asked, as "GET" and "/path?query".
        at: when, after the beginning of the plan.
        json: sent as the body, unless it is None.
        pieces: the body of a slow client, instead: how long after the request each part
            of it comes; it ends with the last one.
        leaves: so long after the request the client goes away, if it does.
        cancelled: so long after the request the server gives it up, if it does.
        rounds: of the submission's event loop that pass before it is given up.
    """

    method: str
    target: str
    at: float = 0.0
    json: Any = None
    pieces: tuple[tuple[float, bytes], ...] = ()
    leaves: float | None = None
    cancelled: float | None = None
    rounds: int = 0


@dataclass(frozen=True)
class Answered:
    """What came of one request.

    Attributes:
        status: 0 where nobody was left to hear one.
        content: the body, as the view of the property has it.
        took: virtual seconds to the last byte.
    """

    status: int
    content: Any
    took: float


@dataclass(frozen=True)
class Made:
    """One call that reached the fake world.

    Attributes:
        ask: the place of the request within which it was made; None for others.
        arguments: by name, sorted.
    """

    ask: int | None
    name: str
    arguments: tuple[tuple[str, Any], ...]
    outcome: str


@dataclass(frozen=True)
class Observation:
    """All that a plan has led to and that a brief may promise.

    Attributes:
        state: what was stored, or whatever else a property looks at in the end.
        replies, records: where they come from, for who has to find the line.
    """

    asks: tuple[Ask, ...]
    answers: tuple[Answered, ...]
    calls: tuple[Made, ...]
    state: Any = None
    began: float = 0.0
    replies: tuple[Reply | None, ...] = field(default=(), compare=False)
    records: tuple[CallRecord, ...] = field(default=(), compare=False)


NOTHING = Observation((), (), ())


class BrokenOff(Exception):
    """A plan has been broken off, or somebody else has asked in its place or beside it.

    Attributes:
        seen: what came of its requests, where they were carried out.
    """

    def __init__(self, seen: Observation = NOTHING) -> None:
        super().__init__()
        self.seen = seen


View = Callable[[Ask, Reply], Any]


def content(ask: Ask, reply: Reply) -> Any:
    """The body of a reply as JSON, or as text; nothing of an error's wording."""
    if reply.status >= 400:
        return None
    try:
        return reply.json()
    except (ValueError, RecursionError):
        return reply.text


class Plans:
    """Carries plans out.

    Args:
        clock: of the exam.
        requests: sends them.
        calls: the log of calls.
    """

    def __init__(self, clock: Clock, requests: Requests, calls: CallLog) -> None:
        self._clock = clock
        self._requests = requests
        self._calls = calls
        self._ends: float | None = None
        self._crowd: Sequence[Ask] = ()
        self._others: Sequence[Ask] = ()

    def break_off_after(self, seconds: float) -> None:
        """Break the next plan off so long (virtual seconds) after its beginning."""
        self._ends = seconds

    def let_a_crowd_ask(self, crowd: Sequence[Ask]) -> None:
        """Make these requests in place of the next plan's.

        Args:
            crowd: requests that their server gives up, or their clients.
        """
        self._crowd = crowd

    def let_others_ask(self, others: Sequence[Ask]) -> None:
        """Make these requests beside the next plan's, each before those of its moment.

        What a property expects of calls does not hold then; see `BrokenOff`.

        Args:
            others: requests that their server gives up.
        """
        self._others = others

    async def carry_out(
        self,
        asks: Sequence[Ask],
        *,
        view: View = content,
        state: Callable[[], Any] = lambda: None,
    ) -> Observation:
        """Carry out the requests of a plan from now on, and let everything end.

        Args:
            asks: in any order; those of one moment arrive as they stand here.
            view: what of a reply is compared; its JSON, unless it is an error.
            state: asked in the end, as for the rows that were stored.

        Raises:
            Deadlock: somebody waits for ever.
            BrokenOff: the moment for that has come, or others have asked as well.
        """
        if self._crowd:
            crowd, self._crowd = self._crowd, ()
            await self._let_go(crowd)
            raise BrokenOff
        began, first = self._clock.now, len(self._calls.records)
        others, self._others = self._others, ()
        started = await self._start_all([*others, *asks], began)
        if self._ends is not None:
            await self._wait_until(began + self._ends)
            await _give_all_up(list(started.values()))
            raise BrokenOff
        places = range(len(others), len(started))
        exchanges = [started[place] for place in places]
        replies = [await _end(*each) for each in zip(exchanges, asks, strict=True)]
        await self._rest(first)
        records = tuple(self._calls.records[first:])
        runs = {exchange.run: place for place, exchange in enumerate(exchanges)}
        seen = Observation(
            tuple(asks),
            tuple(_answered(*each, view) for each in zip(asks, replies, strict=True)),
            tuple(_made(record, runs) for record in records),
            state(),
            began,
            tuple(replies),
            records,
        )
        if others:
            raise BrokenOff(seen)
        return seen

    async def _let_go(self, crowd: Sequence[Ask]) -> None:
        """Requests that nobody waits for; then let everything end."""
        first = len(self._calls.records)
        started = await self._start_all(crowd, self._clock.now)
        for exchange in started.values():
            await exchange.returns()
        await self._rest(first)

    async def _rest(self, first: int) -> None:
        """Let everything end that has been set going.

        Threads work on for those who have gone, one after another if they are few.

        Args:
            first: the number of the first call that was made meanwhile.
        """
        await self._clock.settle(_TO_REST)
        if any(one.in_flight for one in self._calls.records[first:]):
            await self._clock.settle(_TO_END)

    async def _start_all(
        self, asks: Sequence[Ask], began: float
    ) -> dict[int, Exchange]:
        """Start requests, each at its moment, until the plan is broken off.

        Returns:
            Those that were started, by their places, in the order of their moments.
        """
        started: dict[int, Exchange] = {}
        for place in sorted(range(len(asks)), key=lambda place: asks[place].at):
            ask = asks[place]
            if self._ends is not None and ask.at > self._ends:
                break
            # Once per request: a difference of times is no sum of them.
            await self._wait_until(began + ask.at)
            started[place] = self._start(ask)
        return started

    async def _wait_until(self, moment: float) -> None:
        await self._clock.sleep(max(0.0, moment - self._clock.now))

    def _start(self, ask: Ask) -> Exchange:
        loop = asyncio.get_running_loop()
        if ask.pieces:
            exchange = self._requests.upload(ask.method, ask.target)
            for number, (after, piece) in enumerate(ask.pieces, 1):
                more = number < len(ask.pieces)
                loop.call_later(after, _send_on, exchange, piece, more)
        else:
            exchange = self._requests.start(ask.method, ask.target, json=ask.json)
        if ask.leaves is not None:
            loop.call_later(ask.leaves, exchange.disconnect)
        if ask.cancelled is not None:
            loop.call_later(ask.cancelled, _give_up, exchange, ask.rounds)
        return exchange


def _send_on(exchange: Exchange, piece: bytes, more: bool) -> None:
    if exchange.left is None and exchange.finished is None:
        exchange.feed({"type": "http.request", "body": piece, "more_body": more})


def _give_up(exchange: Exchange, rounds: int) -> None:
    if exchange.finished is None:
        exchange.cancel(rounds=rounds)


async def _give_all_up(exchanges: Sequence[Exchange]) -> None:
    """What a server does that stops, and has no patience left."""
    for exchange in exchanges:
        _give_up(exchange, 0)
    for exchange in exchanges:
        await exchange.returns()


async def _end(exchange: Exchange, ask: Ask) -> Reply | None:
    """The reply; None where the client has not waited for one."""
    if ask.cancelled is None and ask.leaves is None:
        return await exchange.reply()
    await exchange.returns()
    finished = exchange.finished
    gone = exchange.left is not None or finished is None or finished.cancelled
    return None if gone else exchange.response()


def _answered(ask: Ask, reply: Reply | None, view: View) -> Answered:
    if reply is None:
        return Answered(0, None, 0.0)
    return Answered(reply.status, view(ask, reply), round(reply.took, _DIGITS))


def _made(record: CallRecord, runs: dict[int, int]) -> Made:
    ask = None if record.run is None else runs.get(record.run)
    arguments = {
        name: value for name, value in record.arguments.items() if name != "headers"
    }
    return Made(ask, record.name, tuple(sorted(arguments.items())), record.outcome)

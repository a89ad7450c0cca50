"""Carries plans out: each request at its moment, then everything comes to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from graders.proctor.driver.exchange import Exchange
from graders.proctor.driver.reply import Reply
from graders.proctor.exam.clock import Clock
from graders.proctor.exam.plan import (
    Answered,
    Ask,
    BrokenOff,
    Made,
    Observation,
    View,
    content,
)
from graders.proctor.exam.requests import Requests
from graders.proctor.world.calls import CallLog, CallRecord

# Digits of a second: sums of the same times in another order differ after these.
_DIGITS = 6
# How long (virtual seconds) what a plan has set going may take to end after it.
_TO_REST = 30.0
# The same where calls are under way then.
_TO_END = 1_000.0


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

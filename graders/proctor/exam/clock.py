"""The time of an exam, as a suite reads and spends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from graders.proctor.hosts.turns import Turns
from graders.proctor.verdict.findings import Bar
from graders.wire import DateMoved, ToHost
from graders.wire.words import NANO

# How long (virtual seconds) a submission may take to come to rest after a check.
_TO_REST = 120.0


class Clock:
    """Args:
    turns: owns the time.
    post: says something to the host.
    """

    def __init__(self, turns: Turns, post: Callable[[ToHost], None]) -> None:
        self._turns = turns
        self._post = post

    @property
    def now(self) -> float:
        """Virtual seconds since the exam began."""
        return self._turns.now / NANO

    @property
    def nanoseconds(self) -> int:
        """The same as the wire has it."""
        return self._turns.now

    @property
    def held_up(self) -> list[Bar]:
        """When the submission's event loop was held up, and by what."""
        return self._turns.held_up

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    def move_date(self, seconds: float) -> None:
        """Let somebody correct the date of the submission's machine by so much.

        `time.time()` and `datetime.now()` jump; no clock that measures durations does.
        """
        self._post(DateMoved(round(seconds * NANO)))

    async def settle(self, limit: float = _TO_REST) -> None:
        """Let everything happen that is going to happen without us.

        Args:
            limit: virtual seconds; a submission that polls for ever never comes to
            rest.
        """
        rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waker = asyncio.ensure_future(asyncio.sleep(limit))
        # While the limit's own timer runs the two sides are never both without one, so
        # the clock has to be asked again when the limit is the only thing left.
        with self._turns.settling(rest, round(limit * NANO)):
            try:
                await asyncio.wait({rest, waker}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waker.cancel()
                rest.cancel()

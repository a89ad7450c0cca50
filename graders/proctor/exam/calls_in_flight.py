"""Waits until the submission has calls of services under way."""

from __future__ import annotations

import asyncio

from graders.proctor.hosts.turns import Deadlock, Turns
from graders.proctor.world.calls import CallLog


class CallsInFlight:
    """Args:
    turns: notices when nothing can happen any more.
    calls: the log of calls.
    """

    def __init__(self, turns: Turns, calls: CallLog) -> None:
        self._turns = turns
        self._calls = calls

    def count(self, *names: str) -> int:
        """How many calls of these services are in flight; of all, if none is named."""
        return sum(call.in_flight for call in self._calls.of(*names))

    async def come_to(self, count: int, *names: str) -> None:
        """Wait until so many calls of these services are in flight.

        Raises:
            Deadlock: there never will be.
        """
        while self.count(*names) < count:
            wait: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._turns.waiting(wait)

            def wake(wait: asyncio.Future[None] = wait) -> None:
                if not wait.done():
                    wait.set_result(None)

            self._calls.watchers.append(wake)
            try:
                await wait
            except Deadlock as exc:
                exc.wanted = count, " or ".join(names), self.count(*names)
                raise
            finally:
                self._calls.watchers.remove(wake)

"""Starts and stops the submission: the lifespan protocol, in a run of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from graders.proctor.driver.driver import ASGI, Driver
from graders.proctor.driver.exchange import Exchange
from graders.wire import Failure


class LifespanFailed(Exception):
    """Start-up or shutdown of the submission went wrong.

    Attributes:
        phase: "startup" or "shutdown".
        failure: what it raised, if known.
    """

    def __init__(self, phase: str, failure: Failure | None) -> None:
        super().__init__(f"{phase} failed")
        self.phase = phase
        self.failure = failure


class Lifespan:
    """The life of the submission, from the start of a server to its end.

    Args:
        driver: begins the run.
        survey: called when the application has stopped: whatever still runs then
            outlives it, also if it ends by itself a little later.
    """

    def __init__(self, driver: Driver, survey: Callable[[], Awaitable[None]]) -> None:
        self._driver = driver
        self._survey = survey
        self._exchange: Exchange | None = None
        self.stopping = False

    @property
    def running(self) -> bool:
        return self._exchange is not None and self._exchange.finished is None

    async def start(self) -> None:
        """Begin the lifespan and wait until the application has started.

        An application that knows no lifespan is ready at once, as behind a server.

        Raises:
            LifespanFailed: it did not start.
        """
        scope = {"type": "lifespan", "asgi": {**ASGI, "spec_version": "2.0"}}
        exchange = self._exchange = self._driver.begin(scope)
        await self._phase(exchange, "startup")

    async def stop(self) -> None:
        """Shut the application down and wait until it is.

        Raises:
            LifespanFailed: it raised.
        """
        exchange = self._exchange
        if exchange is None or exchange.finished is not None:
            return
        self.stopping = True
        await self._phase(exchange, "shutdown")
        await exchange.returns()
        await self._survey()
        failure = exchange.failure
        if failure is not None:
            raise LifespanFailed("shutdown", failure)

    async def _phase(self, exchange: Exchange, phase: str) -> None:
        seen = len(exchange.events)
        exchange.feed({"type": f"lifespan.{phase}"})
        await exchange.until(
            lambda: len(exchange.events) > seen or exchange.finished is not None
        )
        kinds = [event.message["type"] for event in exchange.events[seen:]]
        if f"lifespan.{phase}.complete" in kinds:
            return
        if not kinds and phase == "startup":
            # Neither a word nor a yes: a plain ASGI function without lifespan.
            return
        # Starlette reports the failure as text first and raises it after.
        await exchange.returns()
        raise LifespanFailed(phase, exchange.failure)

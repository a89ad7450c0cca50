"""Starts and stops the submission: the lifespan protocol, in a run of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graders.proctor._driver import ASGI, Driver, Exchange
from graders.wire import Failure


@dataclass(frozen=True)
class LifespanFailed(Exception):
    """Start-up or shutdown of the submission went wrong.

    Attributes:
        phase: "startup" or "shutdown".
        failure: what it raised, if known.
    """

    phase: str
    failure: Failure | None


class Lifespan:
    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._exchange: Exchange | None = None

    @property
    def running(self) -> bool:
        return self._exchange is not None and self._exchange.finished is None

    async def start(self) -> None:
        """Begin the lifespan and wait until the application has started.

        Raises:
            LifespanFailed: it did not.
        """
        scope = {"type": "lifespan", "asgi": {**ASGI, "spec_version": "2.0"}}
        self._exchange = self._driver.begin(scope)
        await self._phase(self._exchange, "startup")

    async def stop(self) -> None:
        """Shut the application down and wait until it is.

        Raises:
            LifespanFailed: it raised.
        """
        exchange = self._exchange
        if exchange is None or exchange.finished is not None:
            return
        await self._phase(exchange, "shutdown")
        await exchange.until(lambda: exchange.finished is not None)

    async def _phase(self, exchange: Exchange, phase: str) -> None:
        seen = len(exchange.events)
        exchange.feed({"type": f"lifespan.{phase}"})
        over: Callable[[], bool] = lambda: (  # noqa: E731 - a name for one condition
            len(exchange.events) > seen or exchange.finished is not None
        )
        await exchange.until(over)
        kinds = [event.message.get("type") for event in exchange.events[seen:]]
        if f"lifespan.{phase}.complete" in kinds:
            return
        if not kinds and exchange.finished and not exchange.finished.failure:
            # An application without lifespan support simply returns.
            return
        # Starlette reports the failure as text first and raises it after.
        await exchange.until(lambda: exchange.finished is not None)
        raise LifespanFailed(phase, exchange.finished and exchange.finished.failure)

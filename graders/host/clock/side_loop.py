"""Event loops that a submission starts itself, in threads, on the exam's clock.

`asyncio.run()` in a `def` endpoint and anyio's blocking portal make such loops. They
take no turns: their thread waits like any other, until a timer or a call from another
thread.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

from graders.host.clock.busy_threads import ROUNDS
from graders.host.clock.current import Current
from graders.host.clock.event_loop import HostLoopBase, Network
from graders.host.clock.lockstep import LockStep
from graders.host.clock.waiter import Waiter

_real_new_event_loop = asyncio.new_event_loop


class _ParkingSelector(selectors.DefaultSelector):
    """Polls the real selector, and parks its thread instead of waiting in it."""

    def __init__(self, step: LockStep) -> None:
        super().__init__()
        self._step = step
        self._waiter: Waiter | None = None
        self._rounds = 0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        # In line first, then poll: a call from another thread in between finds it.
        waiter = self._waiter = Waiter()
        poll = super().select
        events = poll(0)
        if not events and (timeout is None or timeout > 0):
            # More than its own pipe: a descriptor that another thread makes ready.
            ready = (lambda: bool(poll(0))) if len(self.get_map()) > 1 else None
            self._step.park(waiter, timeout, "run", ready)
            events = poll(0)
            self._rounds = 0
        self._waiter = None
        self._rounds += 1
        if self._rounds % ROUNDS == 0:
            self._step.step_aside()
        return events

    def wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._step.wake(waiter)


class SideLoop(HostLoopBase):
    """An event loop beside the server's."""

    def __init__(self, step: LockStep, network: Network) -> None:
        self._exam_parking = _ParkingSelector(step)
        super().__init__(self._exam_parking, step, network)

    def call_soon_threadsafe(  # type: ignore[override]
        self,
        callback: Callable[..., Any],
        *args: Any,
        context: Any = None,
    ) -> asyncio.Handle:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        self._exam_parking.wake()
        return handle


def install(network: Network) -> None:
    """Make every further event loop of this process a `SideLoop`."""

    def new_event_loop() -> asyncio.AbstractEventLoop:
        step = Current.step
        if step is None:
            return _real_new_event_loop()
        return SideLoop(step, network)

    asyncio.new_event_loop = new_event_loop
    asyncio.events.new_event_loop = new_event_loop

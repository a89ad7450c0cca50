"""Event loops that a submission starts itself, in threads, on the exam's clock.

`asyncio.run()` in a `def` endpoint and anyio's blocking portal make such loops. They
take no turns: their thread waits like any other, until a timer or a call from another
thread.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graders.host._clock import UPTIME, Spinning
from graders.host._current import Current
from graders.host._lockstep import NANO, LockStep, Waiter

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

    from graders.host._network import Network

_real_new_event_loop = asyncio.new_event_loop


class _ParkingSelector(selectors.BaseSelector):
    """Polls the real selector, and parks its thread instead of waiting in it."""

    def __init__(self, step: LockStep) -> None:
        self._base = selectors.DefaultSelector()
        self._step = step
        self._waiter: Waiter | None = None

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        # In line first, then poll: a call from another thread in between finds it.
        waiter = self._waiter = Waiter()
        events = self._base.select(0)
        if not events and (timeout is None or timeout > 0):
            self._step.park(waiter, timeout, "run")
            events = self._base.select(0)
        self._waiter = None
        return events

    def wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._step.wake(waiter)

    def register(
        self, fileobj: FileDescriptorLike, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        return self._base.register(fileobj, events, data)

    def unregister(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        return self._base.unregister(fileobj)

    def modify(
        self, fileobj: FileDescriptorLike, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        return self._base.modify(fileobj, events, data)

    def get_map(self) -> Any:
        return self._base.get_map()

    def get_key(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        return self._base.get_key(fileobj)

    def close(self) -> None:
        self._base.close()


class SideLoop(asyncio.SelectorEventLoop):
    """An event loop beside the server's, whose time is the exam's as well."""

    def __init__(self, step: LockStep, network: Network | None) -> None:
        self._parking = _ParkingSelector(step)
        self._step = step
        self._network = network
        super().__init__(self._parking)

    def time(self) -> float:
        # Once in every round: a loop that goes round without end spends time as well.
        if Spinning.spin is not None:
            Spinning.spin.read()
        return (UPTIME + self._step.now) / NANO

    def call_soon_threadsafe(  # type: ignore[override]
        self,
        callback: Callable[..., Any],
        *args: Any,
        context: Any = None,
    ) -> asyncio.Handle:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        self._parking.wake()
        return handle

    async def getaddrinfo(
        self, host: Any, port: Any, *args: Any, **kwargs: Any
    ) -> list[Any]:
        if self._network is None or host is None:
            return await super().getaddrinfo(host, port, *args, **kwargs)
        name = host.decode() if isinstance(host, bytes) else host
        return await self._network.getaddrinfo(name, port)

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        **options: Any,
    ) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
        if self._network is None or host is None or port is None:
            return await super().create_connection(protocol_factory, **options)
        return await self._network.create_connection(protocol_factory, host, port)


def install(network: Network) -> None:
    """Make every further event loop of this process a `SideLoop`."""

    def new_event_loop() -> asyncio.AbstractEventLoop:
        step = Current.step
        if step is None:
            return _real_new_event_loop()
        return SideLoop(step, network)

    asyncio.new_event_loop = new_event_loop
    asyncio.events.new_event_loop = new_event_loop

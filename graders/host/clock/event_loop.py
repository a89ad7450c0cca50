"""The event loop of a host: asyncio's own, with a selector that takes turns.

`asyncio` asks its selector to wait only when no callback is ready. That is the moment
to rest, so a wrapped selector and an overridden `time()` are all that lock step needs.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any, Protocol

from graders.host.clock.busy_threads import ROUNDS
from graders.host.clock.lockstep import LockStep
from graders.host.clock.this_machine import ThisMachine
from graders.host.clock.time_module import UPTIME, Spin, Spinning
from graders.wire import ToHost, limits, real
from graders.wire.words import NANO


class Network(Protocol):
    """What answers where a real loop would ask the operating system."""

    def addresses(self, host: str, port: int | str | bytes | None) -> list[Any]: ...

    async def create_connection(
        self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
    ) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]: ...


class TurnSelector(selectors.DefaultSelector):
    """Polls the real selector, and rests instead of waiting in it.

    Args:
        step: takes the turns.
        spin: notices a loop that goes round without end.
        dispatch: hears each message of the proctor.
        before, after: called around each round of callbacks.
        on_stuck: called with the threads that seem to sleep where nobody counts them.
    """

    def __init__(
        self,
        step: LockStep,
        spin: Spin,
        *,
        dispatch: Callable[[ToHost], None],
        before: Callable[[], None],
        after: Callable[[], None],
        on_stuck: Callable[[set[int]], None],
    ) -> None:
        # What it has of the system's, it makes in `begin`.
        self._step = step
        self._spin = spin
        self._stuck = limits.STUCK
        self._rounds = 0
        self.dispatch = dispatch
        self.before = before
        self.after = after
        self.on_stuck = on_stuck

    def begin(self, stuck: float) -> None:
        """Make the real selector, which no two processes share.

        Args:
            stuck: real seconds that a thread may hang in the kernel before it counts
                as asleep.
        """
        super().__init__()
        self.register(self._step.threads.quiet_fd, selectors.EVENT_READ)
        self._stuck = stuck

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        self.after()
        try:
            return self._select(timeout)
        finally:
            self._spin.new_callback()
            self.before()

    def _select(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        step = self._step
        ready = timeout is not None and timeout <= 0
        until = None if timeout is None else step.now + round(timeout * NANO)
        waited = False
        while not self._deliver():
            # Whether threads are busy is asked before the poll: one that comes to rest
            # in between has already written to the loop's self-pipe.
            busy = bool(step.threads) or step.look_round()
            # Callbacks are ready, and nobody is there who could have written anything.
            alone = ready and not busy and not self._foreign()
            events = [] if alone else self._poll(0)
            if ready and self._spin.turn():
                self._spin.creep()
            self._rounds = self._rounds + 1 if ready and busy else 0
            if (events or ready) and self._rounds < ROUNDS:
                return events
            if busy:
                self._rounds = 0
                events = self._wait_for_threads(idle=not ready)
            elif self._foreign() and not waited:
                waited = True
                events = self._poll(ThisMachine.speed.patience(limits.OUTSIDE))
            elif not step.look_outside():
                step.rest(until)
                if until is not None and step.now >= until:
                    self._deliver()
                    return []
            if events or ready:
                return events
        return []

    def _poll(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(real.lasting(timeout))
        quiet_fd = self._step.threads.quiet_fd
        if any(key.fd == quiet_fd for key, _ in events):
            self._step.threads.hush()
            events = [event for event in events if event[0].fd != quiet_fd]
        return events

    def _wait_for_threads(
        self, *, idle: bool
    ) -> list[tuple[selectors.SelectorKey, int]]:
        step, ends = self._step, real.monotonic() + self._stuck
        with step.threads.let_run():
            # A thread may wait for what the loop does with a descriptor.
            while self._foreign() and step.threads and real.monotonic() < ends:
                if events := self._poll(limits.GLANCE_OUTSIDE):
                    return events
            left = max(0.0, ends - real.monotonic())
            if not step.wait_for_threads(left, idle=idle) and idle:
                self.on_stuck(step.threads.running)
        return self._poll(0)

    def _deliver(self) -> bool:
        inbox = self._step.inbox
        delivered = bool(inbox)
        while inbox:
            self.dispatch(inbox.popleft())
        return delivered

    def _foreign(self) -> bool:
        """Whether a submission watches descriptors of its own (subprocesses, pipes)."""
        return len(self.get_map()) > 2


class HostLoopBase(asyncio.SelectorEventLoop):
    """An event loop whose time is the exam's, and whose network is the proctor's."""

    def __init__(
        self, selector: selectors.BaseSelector, step: LockStep, network: Network | None
    ) -> None:
        # A submission holds its loop: it may not name what leads from there to us.
        self._exam_network = network
        self._exam_step = step
        super().__init__(selector)

    def time(self) -> float:
        # Once in every round: a loop that goes round without end spends time as well.
        if Spinning.spin is not None:
            Spinning.spin.read()
        return (UPTIME + self._exam_step.now) / NANO

    async def getaddrinfo(
        self, host: Any, port: Any, *args: Any, **kwargs: Any
    ) -> list[Any]:
        if self._exam_network is None or host is None:
            return await super().getaddrinfo(host, port, *args, **kwargs)
        name = host.decode() if isinstance(host, bytes) else host
        return self._exam_network.addresses(name, port)

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: str | None = None,
        port: int | None = None,
        **options: Any,
    ) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
        # With `ssl` too: the bytes travel within this machine, so the handshake is left
        # out and the rest of the conversation is the same.
        if self._exam_network is None or host is None or port is None:
            return await super().create_connection(protocol_factory, **options)
        return await self._exam_network.create_connection(protocol_factory, host, port)


class HostLoop(HostLoopBase):
    """The loop that takes the turns.

    Args:
        turns: its selector.
        step: the clock.
    """

    def __init__(self, turns: TurnSelector, step: LockStep) -> None:
        super().__init__(turns, step, None)

    def _make_self_pipe(self) -> None:
        """Later: see `begin`."""

    def begin(self) -> None:
        """Make the pipe that wakes it, which no two processes share."""
        super()._make_self_pipe()  # type: ignore[misc]

    def lead_to(self, network: Network) -> None:
        """Let connections lead there, and addresses be answered by it."""
        self._exam_network = network

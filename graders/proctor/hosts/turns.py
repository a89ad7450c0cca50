"""The proctor's half of the lock step: it owns the time.

The proctor's loop runs a check. When nothing is ready here, the turn goes to the host
with everything that was said; when nothing is ready there either, time moves to the
next timer of either side. Where neither has one, nothing can ever happen again: whoever
waits for that (`settle`) is woken, and otherwise it is a deadlock.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from graders.proctor.hosts.ends import LauncherFailed
from graders.proctor.hosts.link import Link
from graders.proctor.verdict.findings import BLOCKED, Bar
from graders.wire import Blocked, FromHost, Pending, Stacks, Survey
from graders.wire.words import NANO

# A timer further away than this many nanoseconds is a server's housekeeping, not an
# event that anybody waits for.
_HORIZON = 6 * 3600 * NANO

# A check that still waits at this time will wait for ever, however busy a submission
# is.
_LONGEST = 2 * 3600 * NANO


_Value = TypeVar("_Value")


class Deadlock(Exception):
    """Nothing can happen any more, and something is still waited for.

    Attributes:
        pending: what each task of the submission waits for.
        blocked: set when the submission's event loop itself is held up.
        endless: the submission is not stuck, but goes on and on.
        awaited: the requests whose answers the check waited for.
        wanted: the calls that the check waited for: how many of which, and how many
            there were.
    """

    def __init__(
        self, pending: list[Pending], blocked: Blocked | None, *, endless: bool = False
    ) -> None:
        super().__init__("deadlock")
        self.pending = pending
        self.blocked = blocked
        self.endless = endless
        self.awaited: set[int] = set()
        self.wanted: tuple[int, str, int] | None = None


class Turns(selectors.DefaultSelector):
    """Polls the real selector, and takes turns with the host instead of waiting.

    Args:
        link: the host.
        real: let real time pass while the clock moves.

    Attributes:
        now: nanoseconds since the exam began.
        dispatch: hears each message of the host.
        at_rest: asked each time before the clock moves on, while the host says that its
            event loop is free: whether there is something more to say first.
        held_up: when the submission's event loop was held up, and by what.
    """

    def __init__(self, link: Link, *, real: bool) -> None:
        super().__init__()
        self._link = link
        self._real = real
        self._began = time.monotonic()
        self.now = 0
        # A timer of our own that is no event: the limit of somebody who waits for rest.
        self._ignore_until: int | None = None
        self.dispatch: Callable[[FromHost], None] = lambda message: None
        self.at_rest: Callable[[], bool] = lambda: False
        self.held_up: list[Bar] = []
        # What holds it up now, and since when.
        self._holding: tuple[Blocked, int] | None = None
        self._stacks: list[Pending] | None = None
        self._settlers: list[asyncio.Future[None]] = []
        self._waits: set[asyncio.Future[Any]] = set()

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        try:
            return self._select(timeout)
        except LauncherFailed:
            raise
        except Exception as exc:
            # It would end the loop itself; so who waits hears of it, and can tell.
            if not self._fail_waits(exc):
                raise
            return []

    def _select(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        own = None if timeout is None else self.now + round(timeout * NANO)
        link = self._link
        if link.ended:
            if not self._fail_waits(link.ended):
                self._advance(own)
            return []
        if link.owes_a_turn:
            self._take_turn(link)
            return []
        horizon = self.now + _HORIZON
        due = [at for at in (own, link.until) if at is not None and at < horizon]
        over = not due or due == [self._ignore_until] or min(due) > _LONGEST
        if over:
            self._come_to_an_end(link)
            return []
        if link.blocked is None and self.at_rest():
            self._take_turn(link)
            return []
        self._advance(min(due))
        if link.until is not None and link.until <= self.now:
            self._take_turn(link)
        return []

    def _take_turn(self, link: Link) -> None:
        for message in link.take_turn(self.now):
            if isinstance(message, Stacks):
                self._stacks = message.pending
            else:
                self.dispatch(message)
        self._see_what_holds_it_up(link.blocked)

    def _see_what_holds_it_up(self, blocked: Blocked | None) -> None:
        if self._holding is not None:
            held, since = self._holding
            if held == blocked:
                return
            if since < self.now:
                self._note(held.what, since)
        self._holding = (blocked, self.now) if blocked is not None else None

    def _note(self, what: str, since: int) -> None:
        """Add a stretch; one that goes on where the same thing ended is one with it."""
        began = since / NANO
        if self.held_up:
            last = self.held_up[-1]
            if (last.name, last.ended) == (what, began):
                began = self.held_up.pop().began
        self.held_up.append(Bar(what, began, self.now / NANO, BLOCKED))

    def _advance(self, to: int | None) -> None:
        if to is None:
            raise RuntimeError(
                "the check waits for something that nothing can bring about: await "
                "through the exam, so that a deadlock is seen"
            )
        if self._real:
            time.sleep(max(0.0, to / NANO - (time.monotonic() - self._began)))
        self.now = max(self.now, to)

    # --- the end of all things --------------------------------------------------------

    def _come_to_an_end(self, link: Link) -> None:
        settlers, self._settlers = self._settlers, []
        for settler in settlers:
            if not settler.done():
                settler.set_result(None)
        if settlers:
            return
        if link.blocked is None and self._stacks is None:
            link.post(Survey())
            return
        pending, self._stacks = self._stacks or [], None
        endless = link.until is not None
        deadlock = Deadlock(pending, link.blocked, endless=endless)
        if not self._fail_waits(deadlock):
            self._advance(None)

    def _fail_waits(self, exc: Exception) -> bool:
        """Fail whatever is waited for; False when nothing is."""
        waits = [wait for wait in self._waits if not wait.done()]
        waits += [settler for settler in self._settlers if not settler.done()]
        self._settlers.clear()
        for wait in waits:
            wait.set_exception(exc)
        return bool(waits)

    def waiting(self, wait: asyncio.Future[_Value]) -> asyncio.Future[_Value]:
        """Register a future that fails with `Deadlock` when nothing can complete it."""
        self._waits.add(wait)
        wait.add_done_callback(self._waits.discard)
        return wait

    @contextmanager
    def settling(self, wait: asyncio.Future[None], limit: int) -> Iterator[None]:
        """Complete a future when nothing can happen any more.

        Args:
            limit: nanoseconds after which the caller itself stops waiting: its timer is
                no event.
        """
        self._settlers.append(wait)
        self._ignore_until = self.now + limit
        try:
            yield
        finally:
            self._ignore_until = None


class ExamLoop(asyncio.SelectorEventLoop):
    """The loop in which a check runs. Its time is seconds since the exam began.

    Args:
        link, real: as for `Turns`.
    """

    def __init__(self, link: Link, *, real: bool = False) -> None:
        self.turns = Turns(link, real=real)
        super().__init__(self.turns)
        # Nothing of a suite's is printed where a learner reads: an exam listens.
        self.set_exception_handler(lambda loop, context: None)

    def time(self) -> float:
        return self.turns.now / NANO

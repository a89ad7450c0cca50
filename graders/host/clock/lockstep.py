"""The host's half of the lock step: who is running, and when it is our turn to rest.

The event loop's thread takes the turns. Every other thread is *busy* from the moment it
is started until it ends, except while it waits in one of the instrumented primitives (a
sleep, a lock, a queue, a condition, a service call, a pipe). Whoever wakes it makes it
busy again *before* going on, so there is no instant at which work in flight looks like
idleness: that is why nothing needs to know of anyio's, asyncio's or aiosqlite's ways to
hand out work. When a busy thread goes on is for `busy_threads` to say. Where the kernel
alone knows that a wait is over, the loop's thread asks before it rests, and does the
waking.
"""

from __future__ import annotations

import _thread
import heapq
import os
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import NoReturn

from graders.host.clock.busy_threads import BusyThreads
from graders.host.clock.lookout import Lookout
from graders.host.clock.this_machine import ThisMachine
from graders.host.clock.waiter import Waiter
from graders.wire import (
    Answer,
    Blocked,
    Channel,
    Closed,
    Connected,
    Data,
    Fault,
    FromHost,
    Go,
    Hangup,
    Malformed,
    Refused,
    Rest,
    ToHost,
    TooLong,
    limits,
    real,
)
from graders.wire.words import NANO, TOO_LONG_EXIT

# Taken now: what a submission finds under these names is instrumented later.
_allocate = _thread.allocate_lock


class LockStep:
    """The clock as this process sees it, and the turns it takes with the proctor.

    Args:
        on_blocked: called with the name of a call that is about to hold up the event
            loop; returns it as the learner wrote it, and where.
    """

    def __init__(self, on_blocked: Callable[[str], Blocked]) -> None:
        self._channel: Channel[Rest, Go]
        self.now = 0
        self.loop_thread = _thread.get_ident()
        self.resting = False
        self.inbox: deque[ToHost] = deque()
        self.thread_calls: dict[int, Callable[[Answer | Fault], None]] = {}
        self.link_calls: dict[
            int, Callable[[Connected | Refused | Data | Hangup], None]
        ] = {}
        self.turns = 0
        # Whether all busy threads sleep in the kernel, where nobody counts them.
        self.asleep: Callable[[], bool] = lambda: False
        self._on_blocked = on_blocked
        self._outbox: list[FromHost] = []
        # Re-entrant, because the garbage collector may run within and have something to
        # say: a socket to close, a coroutine that nobody awaited.
        self._mutex = _thread.RLock()
        self.threads = BusyThreads(self._mutex)
        self._timers: list[tuple[int, int, Waiter]] = []
        self._order = count()
        self._lookout = Lookout()
        self._blocked: Blocked | None = None
        # A watcher's frame may not come between the bytes of one of ours, nor its turn
        # into one of ours.
        self._wire = _allocate()
        self._turn = _thread.RLock()

    def begin(self, channel: Channel[Rest, Go]) -> None:
        """Take turns over this wire, in this process, on the calling thread."""
        self._channel = channel
        self.loop_thread = _thread.get_ident()
        self.threads.begin()

    # --- threads ----------------------------------------------------------------------

    def on_loop_thread(self) -> bool:
        return _thread.get_ident() == self.loop_thread

    @property
    def held_up(self) -> bool:
        """Whether a call that is known by name holds up the loop's thread."""
        return self._blocked is not None

    def counts(self) -> bool:
        """Whether the calling thread is one whose waits are on the exam's clock."""
        return self.threads.counts(_thread.get_ident())

    def step_aside(self) -> None:
        """The calling thread goes round and round: others that can go on go first."""
        self.threads.step_aside(_thread.get_ident())

    # --- waiting ----------------------------------------------------------------------

    def park(
        self,
        waiter: Waiter,
        timeout: float | None,
        what: str,
        ready: Callable[[], bool] | None = None,
    ) -> bool:
        """Wait until the waiter is woken.

        Args:
            waiter: made for this wait.
            timeout: virtual seconds, or None for ever.
            what: the call that waits, as a learner would name it.
            ready: asked on the loop's thread whenever something has happened: for
                waits that nobody ends by `wake` (on a pipe, on a locked file).

        Returns:
            True when woken, False when `timeout` passed first.
        """
        waiter.ready = ready
        if self.on_loop_thread():
            self._hold_up_the_loop(waiter, timeout, what)
        else:
            key = _thread.get_ident()
            with self._mutex:
                if waiter.done:
                    return waiter.woken
                self._set_timer(waiter, timeout)
                if ready is not None:
                    self._lookout.add(waiter)
                waiter.key = key
                waiter.counted = self.threads.counts(key)
                self.threads.leave(key)
            if waiter.counted:
                self.threads.announce()
            waiter.sleep_really()
        return waiter.woken

    def wake(self, waiter: Waiter) -> None:
        """End a wait from another thread."""
        with self._mutex:
            self._end(waiter, woken=True)

    def look_round(self) -> bool:
        """On the loop's thread: wake whoever waits for what has come meanwhile.

        Returns:
            Whether there was anybody.
        """
        return bool(self._lookout) and self._wake_all(self._lookout.over())

    def look_outside(self) -> bool:
        """As `look_round`, before time passes: with a moment for the world outside."""
        return bool(self._lookout) and self._wake_all(self._lookout.over_in_a_moment())

    def _wake_all(self, waiters: list[Waiter]) -> bool:
        for waiter in waiters:
            self.wake(waiter)
        return bool(waiters)

    def _set_timer(self, waiter: Waiter, timeout: float | None) -> None:
        if timeout is not None:
            # What is left of a timeout may be less than a nanosecond; but time must
            # move, or whoever waits for the rest does so again and again.
            due = self.now + (max(1, round(timeout * NANO)) if timeout > 0 else 0)
            heapq.heappush(self._timers, (due, next(self._order), waiter))

    def _end(self, waiter: Waiter, *, woken: bool) -> None:
        if waiter.done:
            return
        waiter.done = True
        waiter.woken = woken
        if waiter.counted:
            self.threads.line_up(waiter.key, waiter)
        else:
            waiter.rouse()

    def _fire_timers(self) -> None:
        with self._mutex:
            while self._timers and self._timers[0][0] <= self.now:
                _, _, waiter = heapq.heappop(self._timers)
                self._end(waiter, woken=False)

    def _next_timer(self) -> int | None:
        with self._mutex:
            while self._timers and self._timers[0][2].done:
                heapq.heappop(self._timers)
            return self._timers[0][0] if self._timers else None

    def _hold_up_the_loop(
        self, waiter: Waiter, timeout: float | None, what: str
    ) -> None:
        """The loop's own thread waits: time passes, and no callback runs meanwhile."""
        if self._blocked is None:
            self._blocked = self._on_blocked(what)
            outermost = True
        else:
            outermost = False
        try:
            with self._mutex:
                self._set_timer(waiter, timeout)
                if waiter.ready is not None:
                    self._lookout.add(waiter)
            self.settle()
            while not waiter.done:
                self.rest(None)
                self.settle()
        finally:
            if outermost:
                self._blocked = None

    def are_stuck(self) -> bool:
        """Whether all busy threads sleep in the kernel, and none is left that may wake
        them.
        """
        return self.asleep() and not self.threads.call_one_more()

    def settle(self) -> None:
        """Wait in real time until no thread is busy, nor has a reason to be."""
        with self.threads.let_run():
            while self.threads or self.look_round() or self.look_outside():
                self.wait_for_threads(limits.STUCK)

    def wait_for_threads(self, patience: float, *, idle: bool = True) -> bool:
        """Wait until threads have come to rest, within `let_run`.

        Args:
            patience: real seconds.
            idle: the caller has nothing else to do; else those that compute for long,
                or sleep where nobody counts them, are not waited for.

        Returns:
            Whether they have.
        """
        ends, began = real.monotonic() + patience, real.process_time()
        while self.threads:
            left = max(0.0, ends - real.monotonic())
            glances = bool(self._lookout) or self.threads.line or not idle
            glance = min(left, limits.GLANCE_OUTSIDE) if glances else left
            self.threads.wait_until_quiet(real.lasting(glance))
            self.look_round()
            if not left:
                break
            work = real.process_time() - began
            tired = ThisMachine.speed.is_beyond(work, limits.ALONE)
            if self.threads.line:
                # Who goes round and round, or sleeps in the kernel, may wait for one
                # that waits for its turn.
                if tired or self.asleep():
                    self.threads.call_one_more()
                    began = real.process_time()
            elif not idle and (tired or self.are_stuck()):
                break
        return not self.threads

    # --- turns ------------------------------------------------------------------------

    def post(self, message: FromHost) -> None:
        """Send a message with the end of this turn."""
        with self._mutex:
            self._outbox.append(message)

    def rest(self, until: int | None) -> None:
        """Hand over the turn; returns with a new time, and perhaps with an inbox.

        Args:
            until: the event loop's next timer in nanoseconds. Timers of threads are
                added here.
        """
        self.resting = True
        try:
            with self._turn:
                self._take_turn(until, self._blocked)
        finally:
            self.resting = False

    def rest_for_the_loop(self, blocked: Blocked, sleeps: Callable[[], bool]) -> None:
        """From the watcher's thread, while the loop's own sleeps in the kernel.

        What it waits for there may need that time goes on.

        Args:
            blocked: the call in which it sleeps.
            sleeps: whether it still does.
        """
        with self._turn:
            if sleeps():
                self._take_turn(None, blocked)

    def _take_turn(self, until: int | None, blocked: Blocked | None) -> None:
        due = self._next_timer()
        if due is not None and (until is None or due < until):
            until = due
        with self._mutex:
            messages, self._outbox = self._outbox, []
        try:
            self._send(Rest(until, messages, blocked))
            go = self._channel.receive()
        except (Closed, Malformed):
            leave()
        except TooLong:
            leave(TOO_LONG_EXIT)
        if go is None or go.stop:
            leave()
        self.turns += 1
        self.now = go.now
        self._fire_timers()
        for message in go.messages:
            # A thread's answer reaches it even while the loop itself is held up.
            if isinstance(message, Answer | Fault) and message.call in (
                self.thread_calls
            ):
                self.thread_calls.pop(message.call)(message)
            elif isinstance(message, Connected | Refused | Data | Hangup) and (
                message.link in self.link_calls
            ):
                self.link_calls[message.link](message)
            else:
                self.inbox.append(message)

    def _send(self, rest: Rest) -> None:
        with self._wire:
            self._channel.send(rest)

    def send_live(self, rest: Rest) -> None:
        """From the watcher's thread, while the loop's thread computes."""
        try:
            self._send(rest)
        except (Closed, Malformed):
            leave()


def leave(code: int = 0) -> NoReturn:
    """End this process at once: nothing of the submission may run after its exam."""
    os._exit(code)

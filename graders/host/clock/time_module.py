"""The functions of the `time` module, on the exam's clock.

The clock stands still while code runs, so code that spins until a time has come would
spin for ever. In life every look at the clock and every turn of the loop costs a
little; here they cost nothing until there have been more of them in one instant than
any real program makes, and then each costs some time: first a millisecond, later more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import SupportsIndex

from graders.host.clock.current import Current
from graders.host.clock.locks import current_step
from graders.host.clock.lockstep import LockStep
from graders.host.clock.threads import real_sleep
from graders.host.clock.waiter import Waiter
from graders.wire.words import NANO

# What `time.monotonic()` shows when the exam begins. In life it is the machine's
# uptime; near zero it would make a cache with `last = 0.0` look fresh.
UPTIME = 65_536 * NANO

_FREE_READS = 20_000
_PATIENT_READS = 2_000
_FREE_TURNS = 5_000
_CREEP = 1_000_000
# The cost doubles after so many more of them, up to 128 ms: ten seconds of spinning
# then take some thousand rounds, not ten thousand.
_DOUBLING = 50
_MOST_DOUBLINGS = 7


def _cost(surplus: int) -> int:
    """Nanoseconds that one more look or round costs."""
    return _CREEP << min(surplus // _DOUBLING, _MOST_DOUBLINGS)


class Spin:
    """Notices code that looks at the clock, or goes round the loop, without end."""

    def __init__(self, step: LockStep) -> None:
        self._step = step
        self._instant = -1
        self._reads = 0
        self._turns = 0
        self._threads = threading.local()

    def _same_instant(self) -> bool:
        if self._instant != self._step.now:
            self._instant = self._step.now
            return False
        return True

    def new_callback(self) -> None:
        self._reads = 0

    def read(self) -> None:
        """One look at the clock."""
        if self._step.on_loop_thread():
            self._reads += 1
            if self._reads > _FREE_READS:
                cost = _cost(self._reads - _FREE_READS)
                self._step.park(Waiter(), cost / NANO, "spin")
        else:
            self._read_in_thread()

    def _read_in_thread(self) -> None:
        mine = self._threads
        if getattr(mine, "instant", -1) != self._step.now:
            mine.instant, mine.reads = self._step.now, 0
        mine.reads += 1
        if mine.reads % _PATIENT_READS == 0:
            # It may wait for another one. Not that one first: who reads the clock may
            # hold a lock of a library's.
            self._step.threads.call_one_more()
        if mine.reads > _FREE_READS:
            cost = _cost(mine.reads - _FREE_READS)
            self._step.park(Waiter(), cost / NANO, "spin")
            mine.instant = self._step.now

    def turn(self) -> bool:
        """One round of the loop; True when this round must cost some time."""
        if not self._same_instant():
            self._turns = 0
            return False
        self._turns += 1
        return self._turns > _FREE_TURNS

    def creep(self) -> None:
        """Let the time pass that a round costs once there are too many of them."""
        self._step.rest(self._step.now + _cost(self._turns - _FREE_TURNS))
        self._instant = self._step.now


class Spinning:
    """The one `Spin` of this process, set with the lock step."""

    spin: Spin | None = None


def _reader(offset: Callable[[], int], real: Callable[[], int]) -> Callable[[], int]:
    def nanoseconds() -> int:
        step = Current.step
        if step is None:
            return real()
        if Spinning.spin is not None:
            Spinning.spin.read()
        return offset() + step.now

    return nanoseconds


class Epoch:
    """What `time.time()` shows when the exam begins, in nanoseconds."""

    nanoseconds = 0


def sleep(seconds: float | SupportsIndex, /) -> None:
    """`time.sleep` on the exam's clock."""
    step = current_step()
    if step is None or not isinstance(seconds, int | float) or seconds <= 0:
        # Zero only yields; the real one says what is wrong with a negative number.
        real_sleep(seconds)
        if step is not None:
            step.step_aside()
    else:
        step.park(Waiter(), seconds, "sleep")


def install() -> None:
    """Replace the `time` module's functions; inert until a host has a `LockStep`."""
    import queue

    time.sleep = sleep

    def seconds(read: Callable[[], int], name: str) -> Callable[[], float]:
        def clock() -> float:
            return read() / NANO

        clock.__name__ = clock.__qualname__ = name
        return clock

    uptime = _reader(lambda: UPTIME, time.monotonic_ns)
    counter = _reader(lambda: UPTIME, time.perf_counter_ns)
    date = _reader(lambda: Epoch.nanoseconds, time.time_ns)
    time.monotonic_ns, time.monotonic = uptime, seconds(uptime, "monotonic")
    time.perf_counter_ns, time.perf_counter = counter, seconds(counter, "perf_counter")
    time.time_ns, time.time = date, seconds(date, "time")
    # These two took `time.monotonic` before we came.
    threading._time = time.monotonic  # type: ignore[attr-defined]
    queue.time = time.monotonic  # type: ignore[attr-defined]

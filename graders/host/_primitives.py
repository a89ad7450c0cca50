"""The blocking primitives of the standard library, on the exam's clock.

`install()` runs in the zygote before any library is imported, so that `from time import
sleep` anywhere gets these; all of them are inert until a host has a `LockStep`.

What is private in the standard library and touched here: `threading._allocate_lock`
(the lock on which `Condition.wait` sleeps), `threading._time`, `queue.time` and
`queue._PySimpleQueue`. `graders/tests/host/test_primitives.py` fails when one stops
working.
"""

from __future__ import annotations

import _thread
import contextlib
import functools
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, SupportsIndex
from weakref import WeakKeyDictionary

from graders.host._current import Current
from graders.host._lockstep import LockStep, Waiter

_allocate = _thread.allocate_lock
real_sleep = time.sleep
_real_start = threading.Thread.start
_real_join = threading.Thread.join
_exempt = threading.local()

# Processor seconds in which a thread that is joined may end without a word.
_NEXT_TO_NOTHING = 0.02
# Looks, a millisecond apart, before a thread that does not move counts as asleep.
_TRIES = 2000


def _step() -> LockStep | None:
    return None if getattr(_exempt, "on", False) else Current.step


def _deadline(blocking: bool, timeout: float) -> float | None:
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    return None if timeout == -1 else timeout


class ConditionLock:
    """What `Condition.wait` sleeps on: taken once, then waited for, released once.

    Every Event, Semaphore, Barrier, Queue and concurrent Future of the standard library
    waits through it.
    """

    __slots__ = ("_step", "_waiter")

    def __init__(self, step: LockStep) -> None:
        self._step = step
        self._waiter: Waiter | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._waiter is None:
            self._waiter = Waiter()
            return True
        if not blocking or timeout == 0:
            return self._waiter.woken
        return self._step.park(self._waiter, _deadline(blocking, timeout), "wait")

    def release(self) -> None:
        if self._waiter is None:
            raise RuntimeError("release unlocked lock")
        self._step.wake(self._waiter)


def _allocate_for_condition() -> Any:
    step = _step()
    return _allocate() if step is None else ConditionLock(step)


class Lock:
    """`threading.Lock` whose contention is seen and takes virtual time."""

    __slots__ = ("__weakref__", "_real", "_waiters")

    def __init__(self) -> None:
        self._real = _allocate()
        self._waiters: deque[Waiter] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        limit = _deadline(blocking, timeout)
        if self._real.acquire(False):
            return True
        step = _step()
        if not blocking or limit == 0:
            return False
        if step is None:
            return self._real.acquire(blocking, timeout)
        if step.on_loop_thread():
            # A holder that runs gives the lock back in a moment: that is no contention
            # worth a word. One that is itself waiting does not.
            while step.threads_busy():
                if self._real.acquire(True, 0.001):
                    return True
        while True:
            waiter = Waiter()
            # In line first, then try again: a release in between finds the waiter.
            self._waiters.append(waiter)
            if self._real.acquire(False):
                self._leave_line(waiter)
                return True
            if not step.park(waiter, limit, "acquire"):
                self._leave_line(waiter)
                return self._real.acquire(False)
            if self._real.acquire(False):
                return True

    def _leave_line(self, waiter: Waiter) -> None:
        with contextlib.suppress(ValueError):
            self._waiters.remove(waiter)

    def release(self) -> None:
        self._real.release()
        step = Current.step
        if self._waiters and step is not None:
            step.wake(self._waiters.popleft())

    def locked(self) -> bool:
        return self._real.locked()

    def _at_fork_reinit(self) -> None:
        # Some libraries register this for forks; a host never forks.
        self._real = _allocate()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()


class RLock:
    """`threading.RLock` over `Lock`, with what `threading.Condition` asks of it."""

    __slots__ = ("__weakref__", "_count", "_lock", "_owner")

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None
        self._count = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._owner == _thread.get_ident():
            self._count += 1
            return True
        taken = self._lock.acquire(blocking, timeout)
        if taken:
            self._owner, self._count = _thread.get_ident(), 1
        return taken

    def release(self) -> None:
        if self._owner != _thread.get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()
        self._owner, self._count = None, 0

    def _is_owned(self) -> bool:
        return self._owner == _thread.get_ident()

    def _release_save(self) -> int:
        count, self._count, self._owner = self._count, 0, None
        self._lock.release()
        return count

    def _acquire_restore(self, count: int) -> None:
        self._lock.acquire()
        self._owner, self._count = _thread.get_ident(), count


def sleep(seconds: float | SupportsIndex, /) -> None:
    """`time.sleep` on the exam's clock."""
    step = _step()
    if step is None or not isinstance(seconds, int | float) or seconds <= 0:
        # Zero only yields; the real one says what is wrong with a negative number.
        real_sleep(seconds)
    else:
        step.park(Waiter(), seconds, "sleep")


@functools.wraps(threading.Thread.start)
def start(self: threading.Thread) -> None:
    step = _step()
    if step is None:
        _real_start(self)
        return
    newcomer = -id(self)
    step.enlist(newcomer)
    end = _ends[self] = _End(step)
    self.run = functools.partial(  # type: ignore[method-assign]
        _run_counted,
        step,
        newcomer,
        self.run,
        end,
        sys.get_coroutine_origin_tracking_depth(),
    )
    # The starter waits a moment for the new thread: that is no wait of the learner's.
    _exempt.on = True
    try:
        _real_start(self)
    except BaseException:
        step.dismiss(newcomer)
        raise
    finally:
        _exempt.on = False


class _End:
    """The end of a thread, and who waits for it."""

    def __init__(self, step: LockStep) -> None:
        self._step = step
        self._waiters: deque[Waiter] = deque()
        self._reached = False
        self.key = 0

    def reach(self) -> None:
        self._reached = True
        while self._waiters:
            self._step.wake(self._waiters.popleft())

    def wait(self, timeout: float | None) -> bool:
        if self._step.on_loop_thread() and self._is_near():
            return True
        waiter = Waiter()
        # In line first: an end in between finds the waiter.
        self._waiters.append(waiter)
        return self._reached or self._step.park(waiter, timeout, "join")

    def _is_near(self) -> bool:
        """Wait for a thread that has next to nothing left to do, as a pool's idle ones.

        Measured in its own processor time, so that a busy machine makes no difference.
        """
        began = -1.0
        for _ in range(_TRIES):
            if self._reached:
                return True
            if self.key:
                if self.key not in self._step.busy_threads():
                    return self._reached
                used = time.clock_gettime(time.pthread_getcpuclockid(self.key))
                began = used if began < 0 else began
                if used - began > _NEXT_TO_NOTHING:
                    return False
            real_sleep(0.001)
        return self._reached


# Weak: a thread object may go away before anybody joins it.
_ends: WeakKeyDictionary[threading.Thread, _End] = WeakKeyDictionary()


def _run_counted(
    step: LockStep,
    newcomer: int,
    run: Callable[[], None],
    end: _End,
    origin_depth: int,
) -> None:
    # Each thread has its own: without, a coroutine that is made in a thread and never
    # awaited has no line.
    sys.set_coroutine_origin_tracking_depth(origin_depth)
    key = end.key = _thread.get_ident()
    step.enlist(key)
    step.dismiss(newcomer)
    try:
        run()
    finally:
        end.reach()
        step.dismiss(key)


@functools.wraps(threading.Thread.join)
def join(self: threading.Thread, timeout: float | None = None) -> None:
    end = _ends.get(self)
    limit = None if timeout is None else max(0, timeout)
    if end is None or not self.is_alive() or self is threading.current_thread():
        # Nothing to wait for; the real one says what is wrong with joining oneself.
        _real_join(self, timeout)
    elif end.wait(limit):
        _real_join(self)


def install() -> None:
    """Replace the primitives; called once, in the zygote, before other imports."""
    time.sleep = sleep
    threading._allocate_lock = _allocate_for_condition  # type: ignore[attr-defined]
    threading.Thread.start = start  # type: ignore[method-assign]
    threading.Thread.join = join  # type: ignore[method-assign]
    queue.SimpleQueue = queue._PySimpleQueue  # type: ignore[attr-defined, misc]


def install_locks() -> None:
    """Replace the lock factories; called last, so that libraries keep their own."""
    threading.Lock = Lock  # type: ignore[assignment]
    threading.RLock = RLock  # type: ignore[assignment]

"""Locks whose waits are seen, and pass on the exam's clock.

`threading._allocate_lock`, for which `allocate_for_condition` stands, is private: it
makes the lock on which `Condition.wait` sleeps.
"""

from __future__ import annotations

import _thread
import contextlib
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from graders.host.clock.current import Current
from graders.host.clock.lockstep import LockStep
from graders.host.clock.this_machine import ThisMachine
from graders.host.clock.waiter import Waiter
from graders.wire import limits, real

_allocate = _thread.allocate_lock
_exempt = threading.local()


@contextlib.contextmanager
def exempt() -> Iterator[None]:
    """Within the block this thread's waits are real ones, and nobody's business."""
    before = getattr(_exempt, "on", False)
    _exempt.on = True
    try:
        yield
    finally:
        _exempt.on = before


def current_step() -> LockStep | None:
    """The lock step of this process, unless this thread is exempt from it."""
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


def allocate_for_condition() -> Any:
    """Stands for `threading._allocate_lock`."""
    step = current_step()
    return _allocate() if step is None else ConditionLock(step)


class Lock:
    """`threading.Lock` whose contention is seen and takes virtual time."""

    __slots__ = ("__weakref__", "_real", "_waiters")

    # Under what name its waits are known.
    shown = "acquire"

    def __init__(self) -> None:
        self._real = _allocate()
        self._waiters: deque[Waiter] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        limit = _deadline(blocking, timeout)
        if self._real.acquire(False):
            return True
        step = current_step()
        if not blocking or limit == 0:
            return False
        if step is None:
            return self._real.acquire(blocking, timeout)
        if step.on_loop_thread():
            # A holder that runs gives the lock back in a moment: that is no contention
            # worth a word. One that is itself waiting, or computes for long, does not.
            with step.threads.let_run():
                if self._is_free_soon(step):
                    return True
        while True:
            waiter = Waiter()
            # In line first, then try again: a release in between finds the waiter.
            self._waiters.append(waiter)
            if self._real.acquire(False):
                self._leave_line(waiter)
                return True
            if not step.park(waiter, limit, self.shown):
                self._leave_line(waiter)
                return self._real.acquire(False)
            if self._real.acquire(False):
                return True

    def _is_free_soon(self, step: LockStep) -> bool:
        began = real.process_time()
        while step.threads or step.look_round():
            if self._real.acquire(True, real.lasting(limits.GLANCE)):
                return True
            work = real.process_time() - began
            if step.are_stuck() or ThisMachine.speed.is_beyond(work, limits.LOCKED):
                break
        return False

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


class LowLock(Lock):
    """As `_thread.allocate_lock` makes them; the learner's own words name a wait."""

    __slots__ = ()

    shown = ""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        return super().acquire(blocking, timeout)

    def __enter__(self) -> bool:
        return super().acquire()


def allocate_lock() -> Any:
    """Stands for `_thread.allocate_lock`, through which imports take their locks."""
    caller = str(sys._getframe(1).f_globals.get("__name__", ""))
    if current_step() is None or caller.startswith(("importlib", "_frozen_importlib")):
        return _allocate()
    return LowLock()


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

    def locked(self) -> bool:
        # Public since Python 3.14, where every `Condition` asks its lock for it.
        return self._lock.locked()

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

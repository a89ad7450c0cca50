"""Threads are counted as busy from start to end, and joins are seen."""

from __future__ import annotations

import _thread
import functools
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from graders.host.clock.current import Current, handed_by
from graders.host.clock.locks import current_step, exempt
from graders.host.clock.lockstep import LockStep
from graders.host.clock.this_machine import ThisMachine
from graders.host.clock.waiter import Waiter
from graders.platform_parts import processor_time
from graders.wire import Site, limits, real
from graders.wire.words import NANO

real_sleep = time.sleep
real_start_new_thread = _thread.start_new_thread
_real_start = threading.Thread.start
_real_join = threading.Thread.join


@functools.wraps(threading.Thread.start)
def start(self: threading.Thread) -> None:
    step = current_step()
    if step is None:
        _real_start(self)
        return
    end = _ends[self] = _End(step)
    turn = Waiter()
    step.threads.line_up(-id(end), turn)
    self.run = functools.partial(  # type: ignore[method-assign]
        _run_counted, step, turn, self.run, end, *_surroundings()
    )
    try:
        # The starter waits a moment for the new thread: no wait of the learner's.
        with exempt():
            _real_start(self)
    except BaseException:
        step.threads.come_to_rest(-id(end))
        raise


@functools.wraps(real_start_new_thread)
def start_new_thread(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    /,
) -> int:
    step = current_step()
    if step is None:
        return real_start_new_thread(function, args, kwargs or {})
    end = _End(step)
    turn = Waiter()
    run = functools.partial(function, *args, **(kwargs or {}))
    step.threads.line_up(-id(end), turn)
    try:
        return real_start_new_thread(
            _run_counted, (step, turn, run, end, *_surroundings())
        )
    except BaseException:
        step.threads.come_to_rest(-id(end))
        raise


def _surroundings() -> tuple[int, tuple[Site, ...]]:
    """What a thread is to have of the one that starts it."""
    return sys.get_coroutine_origin_tracking_depth(), tuple(Current.lines())


class _End:
    """The end of a thread, and who waits for it.

    Attributes:
        reached: the thread has done all that it was started for.
        key, native_id: its numbers, once it runs.
    """

    def __init__(self, step: LockStep) -> None:
        self._step = step
        self._waiters: deque[Waiter] = deque()
        self.reached = False
        self.key = self.native_id = 0

    def reach(self) -> None:
        self.reached = True
        while self._waiters:
            self._step.wake(self._waiters.popleft())

    def wait(self, timeout: float | None) -> bool:
        if self._step.on_loop_thread() and self._is_near():
            return True
        waiter = Waiter()
        # In line first: an end in between finds the waiter.
        self._waiters.append(waiter)
        return self.reached or self._step.park(waiter, timeout, "join")

    def _is_near(self) -> bool:
        """Wait for a thread that has next to nothing left to do, as a pool's idle ones.

        Measured in its own processor time, so that a busy machine makes no difference.
        """
        with self._step.threads.let_run():
            return self._ends_soon()

    def _ends_soon(self) -> bool:
        machine, began = ThisMachine.speed, -1.0
        end = real.monotonic() + machine.patience(limits.JOIN)
        while real.monotonic() < end:
            if self.reached:
                return True
            if self.key:
                if self._step.are_stuck():
                    return False
                if self.key not in self._step.threads:
                    return self.reached
                # Where nobody knows, it may take all the tries there are.
                spent = processor_time(self.key, self.native_id)
                used = 0.0 if spent is None else real.seeming(spent / NANO)
                began = used if began < 0 else began
                if machine.is_beyond(used - began, limits.JOINED):
                    return False
            real.sleep(limits.GLANCE)
        return self.reached


# Weak: a thread object may go away before anybody joins it.
_ends: WeakKeyDictionary[threading.Thread, _End] = WeakKeyDictionary()


def _run_counted(
    step: LockStep,
    turn: Waiter,
    run: Callable[[], None],
    end: _End,
    origin_depth: int,
    handed: tuple[Site, ...],
) -> None:
    # Each thread has its own: without, a coroutine that is made in a thread and never
    # awaited has no line.
    sys.set_coroutine_origin_tracking_depth(origin_depth)
    end.native_id = _thread.get_native_id()
    # Since Python 3.14 a thread may run in a context that others go on using.
    token = handed_by.set(handed)
    turn.sleep_really()
    key = end.key = _thread.get_ident()
    step.threads.rename(-id(end), key)
    try:
        run()
    finally:
        handed_by.reset(token)
        end.reach()
        step.threads.come_to_rest(key)


def has_ended(thread: threading.Thread) -> bool:
    """Whether a thread has nothing left to do.

    It stays alive for a moment after that, in which Python forgets it: how long is for
    the machine to say.
    """
    end = _ends.get(thread)
    return not thread.is_alive() or (end is not None and end.reached)


@functools.wraps(threading.Thread.join)
def join(self: threading.Thread, timeout: float | None = None) -> None:
    end = _ends.get(self)
    limit = None if timeout is None else max(0, timeout)
    if end is None or not self.is_alive() or self is threading.current_thread():
        # Nothing to wait for; the real one says what is wrong with joining oneself.
        _real_join(self, timeout)
    elif end.wait(limit):
        _real_join(self)

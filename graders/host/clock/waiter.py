"""One wait of one thread."""

from __future__ import annotations

import _thread
from collections.abc import Callable

# Taken now: a submission's own locks are on the exam's clock.
_allocate = _thread.allocate_lock


class Waiter:
    """One wait of one thread. Woken once: by `LockStep.wake`, or by its deadline."""

    __slots__ = ("_real", "counted", "done", "key", "ready", "woken")

    def __init__(self) -> None:
        self._real = _allocate()
        self._real.acquire()
        self.done = False
        self.woken = False
        # Of the thread that waits: its ident, and whether it was among the busy ones.
        self.key = 0
        self.counted = False
        self.ready: Callable[[], bool] | None = None

    def asks(self) -> bool:
        """Whether what it waits for is there; an error is for the waiter to see."""
        try:
            return not self.done and self.ready is not None and self.ready()
        except Exception:
            return True

    def sleep_really(self) -> None:
        self._real.acquire()

    def rouse(self) -> None:
        self._real.release()

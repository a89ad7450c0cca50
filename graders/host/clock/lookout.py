"""Waits that end without a word to the lock step: a pipe fills, a file is unlocked.

Nobody wakes such a waiter, so it is asked, by the loop's thread alone: whenever all
others have come to rest, and now and then while they work. What a thread has written in
its last breath is then seen before the clock moves.
"""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING

from graders.host.clock.this_machine import ThisMachine
from graders.wire import limits, real

if TYPE_CHECKING:
    from graders.host.clock.waiter import Waiter

# What comes from outside the exam's threads gets so many looks before time passes: at
# the first waits of an exam only, because code that waits again and again must not take
# real time.
_LOOKS = 10
_GRACES = 20


class Lookout:
    """The waiters that must be asked."""

    def __init__(self) -> None:
        self._waiters: list[Waiter] = []
        # A watcher asks while the loop's thread sleeps, which may wake up meanwhile.
        self._asking = _thread.RLock()
        self._new = False
        self._graces = _GRACES

    def __bool__(self) -> bool:
        return bool(self._waiters)

    def add(self, waiter: Waiter) -> None:
        """Called by the thread that is going to wait, while it still counts as busy."""
        self._waiters.append(waiter)
        self._new = True

    def over(self) -> list[Waiter]:
        """Ask all, once; those whose wait is over."""
        with self._asking:
            # One by one, because other threads add theirs meanwhile.
            for waiter in list(self._waiters):
                if waiter.done:
                    self._waiters.remove(waiter)
            return [waiter for waiter in list(self._waiters) if waiter.asks()]

    def over_in_a_moment(self) -> list[Waiter]:
        """As `over`, with some patience if anybody has begun to wait since."""
        if not self._new or not self._graces:
            return []
        self._new = False
        self._graces -= 1
        for _ in range(_LOOKS):
            real.sleep(ThisMachine.speed.patience(limits.OUTSIDE) / _LOOKS)
            found = self.over()
            if found:
                return found
        return []

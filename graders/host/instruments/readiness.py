"""Waits for what the kernel knows of (a descriptor, a lock, a signal), on our clock.

The wait is cut in two: the real call is asked, without waiting, whether it would have
to; and if so, the thread parks until it need no longer. So a thread that waits in
`select` is as much at rest as one that sleeps, and its timeout is virtual time.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import TypeVar

from graders.host.clock.waiter import Waiter
from graders.host.instruments.loop_monitor import LoopMonitor

_T = TypeVar("_T")

_poll = select.poll
# Not every platform has it.
_waitid = getattr(os, "waitid", None)


class Readiness:
    """Args:
    monitor: knows whose waits are on the exam's clock.
    """

    def __init__(self, monitor: LoopMonitor) -> None:
        self._monitor = monitor

    @property
    def applies(self) -> bool:
        """Whether a wait of the caller is one on the exam's clock.

        A program that was started works in real time, and nobody knows what it holds
        the other end of: threads wait for it as they always do, and count as busy.
        """
        monitor = self._monitor
        return monitor.waits and (monitor.step.on_loop_thread() or not _has_children())

    def until(self, ask: Callable[[], _T], timeout: float | None, what: str) -> _T:
        """Wait until there is something.

        Args:
            ask: the real call, which must not wait. Another thread may ask.
            timeout: virtual seconds, or None for ever.
            what: the call, as for `LockStep.park`.

        Returns:
            What `ask` found, which is nothing when `timeout` has passed.
        """
        found = ask()
        if found or (timeout is not None and timeout <= 0):
            return found
        # What is found is kept: asking again could find that it is gone.
        answers, errors = [found], list[Exception]()

        def ready() -> bool:
            try:
                answers[0] = ask()
            except Exception as exc:
                errors.append(exc)
            return bool(errors or answers[0])

        self._monitor.step.park(Waiter(), timeout, what, ready)
        if errors:
            raise errors[0]
        return answers[0]

    def descriptor(
        self, descriptor: int, events: int, timeout: float | None, what: str
    ) -> bool:
        """Wait until a descriptor is ready.

        Args:
            descriptor: of a pipe or a socket.
            events: as `select.poll` has them.
            timeout, what: as for `until`.

        Returns:
            Whether it is ready; False when `timeout` has passed.
        """
        poll = _poll()
        poll.register(descriptor, events)
        return bool(self.until(lambda: poll.poll(0), timeout, what))


def _has_children() -> bool:
    if _waitid is None:
        return False
    try:
        _waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except OSError:
        return False
    return True

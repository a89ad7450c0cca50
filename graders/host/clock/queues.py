"""`_queue.SimpleQueue`, the one written in C, whose waits pass on the exam's clock."""

from __future__ import annotations

import _queue
import contextlib
from collections import deque
from typing import Any

from graders.host.clock.current import Current
from graders.host.clock.locks import current_step
from graders.host.clock.waiter import Waiter
from graders.wire.words import NANO

_Real: Any = _queue.SimpleQueue


class SimpleQueue(_Real):  # type: ignore[misc]
    """As the real one; who waits is woken by who puts something in."""

    def __init__(self) -> None:
        self._waiters: deque[Waiter] = deque()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)
        step = Current.step
        while self._waiters and step is not None:
            waiter = self._waiters.popleft()
            if not waiter.done:
                step.wake(waiter)
                break

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        step = current_step()
        if step is None or not block or (timeout is not None and timeout <= 0):
            return super().get(block, timeout)
        ends = None if timeout is None else step.now + round(timeout * NANO)
        while True:
            waiter = Waiter()
            # In line first, then look: what is put in between finds the waiter.
            self._waiters.append(waiter)
            with contextlib.suppress(_queue.Empty):
                item = super().get_nowait()
                # Nobody is to be woken in vain.
                waiter.done = True
                return item
            left = None if ends is None else (ends - step.now) / NANO
            if not step.park(waiter, left, "") and self.empty():
                raise _queue.Empty

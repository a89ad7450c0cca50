"""The blocking primitives of the standard library, on the exam's clock.

`install()` runs in the zygote before any library is imported, so that `from time import
sleep` anywhere gets these; all of them are inert until a host has a `LockStep`.

What is private in the standard library and replaced: `threading._allocate_lock` and
`queue._PySimpleQueue` here, `threading._time` and `queue.time` in `time_module`.
`graders/tests/host/test_primitives.py` fails when one stops working.
"""

from __future__ import annotations

import _queue
import _thread
import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from typing import SupportsIndex

from graders.host.clock.locks import (
    Lock,
    RLock,
    allocate_for_condition,
    allocate_lock,
    current_step,
)
from graders.host.clock.queues import SimpleQueue
from graders.host.clock.threads import join, real_sleep, start, start_new_thread
from graders.host.clock.waiter import Waiter


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
    """Replace the primitives; called once, in the zygote, before other imports."""
    time.sleep = sleep
    threading._allocate_lock = allocate_for_condition  # type: ignore[attr-defined]
    threading.Thread.start = start  # type: ignore[method-assign]
    threading.Thread.join = join  # type: ignore[method-assign]
    _thread.start_new_thread = _thread.start_new = start_new_thread
    queue.SimpleQueue = queue._PySimpleQueue  # type: ignore[attr-defined, misc]


def install_locks() -> None:
    """Replace the lock factories; called last, so that libraries keep their own."""
    # Python's own imports take theirs through the same name: `allocate_lock` knows.
    _thread.allocate_lock = _thread.allocate = allocate_lock
    _queue.SimpleQueue = SimpleQueue  # type: ignore[misc]
    threading.Lock = Lock  # type: ignore[assignment]
    threading.RLock = RLock  # type: ignore[assignment]


@contextlib.contextmanager
def locks_installed() -> Iterator[None]:
    """As `install_locks`, for the length of a `with` block.

    A process that is forked while they are installed would take its own locks for
    threads from them.
    """
    places = (
        (_thread, "allocate_lock"),
        (_thread, "allocate"),
        (_queue, "SimpleQueue"),
        (threading, "Lock"),
        (threading, "RLock"),
    )
    own = [getattr(module, name) for module, name in places]
    install_locks()
    try:
        yield
    finally:
        for (module, name), value in zip(places, own, strict=True):
            setattr(module, name, value)

"""Threads, locks and queues of the standard library, on the exam's clock.

`install()` runs in the zygote before any library is imported, so that `from queue
import SimpleQueue` anywhere gets these; all of them are inert until a host has a
`LockStep`. The functions of `time` are in `time_module`.

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
from collections.abc import Iterator
from typing import Any

from graders.host.clock.locks import (
    Lock,
    RLock,
    allocate_for_condition,
    allocate_lock,
)
from graders.host.clock.queues import SimpleQueue
from graders.host.clock.threads import join, start, start_new_thread


def install() -> None:
    """Replace the primitives; called once, in the zygote, before other imports."""
    threading._allocate_lock = allocate_for_condition  # type: ignore[attr-defined]
    threading.Thread.start = start  # type: ignore[method-assign]
    threading.Thread.join = join  # type: ignore[method-assign]
    _thread.start_new_thread = _thread.start_new = start_new_thread
    queue.SimpleQueue = queue._PySimpleQueue  # type: ignore[attr-defined, misc]


# Where who makes a lock looks for its maker, and ours.
_LOCKS: tuple[tuple[Any, str, Any], ...] = (
    # Python's own imports take theirs through the same name: `allocate_lock` knows.
    (_thread, "allocate_lock", allocate_lock),
    (_thread, "allocate", allocate_lock),
    (_queue, "SimpleQueue", SimpleQueue),
    (threading, "Lock", Lock),
    (threading, "RLock", RLock),
)


def install_locks() -> None:
    """Replace the lock factories; called last, so that libraries keep their own."""
    for module, name, ours in _LOCKS:
        setattr(module, name, ours)


@contextlib.contextmanager
def locks_installed() -> Iterator[None]:
    """As `install_locks`, for the length of a `with` block.

    A process that is forked while they are installed would take its own locks for
    threads from them.
    """
    own = [(module, name, getattr(module, name)) for module, name, _ in _LOCKS]
    install_locks()
    try:
        yield
    finally:
        for module, name, before in own:
            setattr(module, name, before)

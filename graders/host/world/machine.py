"""What a program learns of the machine it runs on, the same on every machine.

`datetime.now()` reads the exam's clock, as `time.time()` and `date.today()` do. There
are always as many processors: the size of the default thread pool depends on their
number, and so would verdicts.

What is private and touched here: the dictionary of the class `datetime`, which is
written in C and cannot be assigned to. `graders/tests/host/test_machine.py`
fails when that stops working.
"""

from __future__ import annotations

import ctypes
import gc
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

PROCESSORS = 4

_MICROSECOND = 1_000


def _seconds() -> float:
    # Whole microseconds, rounded down as the real ones are.
    return time.time_ns() // _MICROSECOND / 1_000_000


def _now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
    """The local date and time, or that of a time zone."""
    return cls.fromtimestamp(_seconds(), tz)


def _utcnow(cls: type[datetime]) -> datetime:
    """The date and time in UTC, without a time zone."""
    return cls.fromtimestamp(_seconds(), UTC).replace(tzinfo=None)


def _processors() -> int:
    """The number of processors."""
    return PROCESSORS


def install() -> None:
    """Replace them, for this process and what it forks, after the clocks of `time`."""
    _put(datetime, "now", _now)
    _put(datetime, "utcnow", _utcnow)
    os.cpu_count = _processors
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = _processors


def _put(owner: type, name: str, function: Callable[..., Any]) -> None:
    """Set a class method of a class that is written in C."""
    function.__name__, function.__qualname__ = name, f"{owner.__name__}.{name}"
    (members,) = gc.get_referents(owner.__dict__)
    members[name] = classmethod(function)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))

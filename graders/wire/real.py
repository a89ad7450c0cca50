"""Real time and processor time, on a machine that may seem slower or faster than it is.

Whatever of ours reads a real clock, or waits in real time, does so through this module.
For tests the environment variable `KATA_SEEMING_SPEED` makes the machine seem so many
times as fast: with 0.25 all that is computed seems to take four times as long, so every
reading is four times what it was, and a wait of ours ends after a quarter of its time.
It is read when a process starts, and a host has nothing left of it in its environment
before a submission is loaded.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable

SPEED = "KATA_SEEMING_SPEED"


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0.01 <= speed <= 100:
        raise SystemExit(
            f"{SPEED} is {text!r}: give a number from 0.01 to 100 (a quarter is 0.25), "
            "or leave it out."
        )
    return speed


_SPEED = _speed(os.environ.get(SPEED, "1"))


def seeming(seconds: float) -> float:
    """What a reading of a real clock, or of a processor's, seems to be."""
    return seconds / _SPEED


def lasting(seconds: float) -> float:
    """How long a real wait must last to seem so long."""
    return seconds * _SPEED


def _reading(read: Callable[[], float]) -> Callable[[], float]:
    if _SPEED == 1:
        # Read in every callback of a submission: nothing may come between.
        return read
    return lambda: seeming(read())


def _waiting(wait: Callable[[float], None]) -> Callable[[float], None]:
    return wait if _SPEED == 1 else lambda seconds: wait(lasting(seconds))


# Taken now: in a host the module's own functions follow the exam's clock later. All are
# in seconds: of real time, of processor time of this thread, of this process.
monotonic = _reading(time.monotonic)
thread_time = _reading(time.thread_time)
process_time = _reading(time.process_time)
sleep = _waiting(time.sleep)

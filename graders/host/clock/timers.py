"""Timers of one instant are due in the order in which they were set.

On a real clock that is so of itself, because the second one is set a moment later. Here
both read the same time, and asyncio's heap leaves the order of equals to chance.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

_places = count()


class Timer(asyncio.TimerHandle):
    """A timer that knows its place among those of the same instant."""

    __slots__ = ("_place",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._place = next(_places)

    def __lt__(self, other: object) -> bool:
        if isinstance(other, Timer) and self.when() == other.when():
            return self._place < other._place
        return super().__lt__(other)  # type: ignore[operator]


def install() -> None:
    """Make every loop's timers such ones; called once, in the zygote."""
    asyncio.events.TimerHandle = Timer  # type: ignore[misc]

"""The hidden suite of the kata `await_every_coroutine`."""

from graders.suites.await_every_coroutine import (
    any_time,
    awaits,
    errors,
    overlaps,
    stop,
    tiers,
)

# The order in which learners read them.
PARTS = (awaits, tiers, errors, overlaps, stop, any_time)

__all__ = ["PARTS"]

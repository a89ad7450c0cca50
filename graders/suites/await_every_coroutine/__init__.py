"""The hidden suite of the kata `await_every_coroutine`."""

from graders.suites.await_every_coroutine import (
    any_time,
    awaits,
    changes,
    errors,
    overlaps,
    stop,
    tiers,
)

# The order in which learners read them.
PARTS = (awaits, tiers, errors, changes, overlaps, stop, any_time)

__all__ = ["PARTS"]

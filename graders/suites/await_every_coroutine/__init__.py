"""The hidden suite of the kata `await_every_coroutine`."""

from graders.suites.await_every_coroutine import (
    any_time,
    awaits,
    errors,
    overlaps,
    tiers,
)

# The order in which learners read them.
PARTS = (awaits, tiers, errors, overlaps, any_time)

__all__ = ["PARTS"]

"""The hidden suite of the kata `async_or_def`."""

from graders.suites.async_or_def import answers, any_time, blocking, concurrency, errors
from graders.suites.async_or_def.world import world

# The order in which learners read them.
PARTS = (answers, blocking, concurrency, errors, any_time)

__all__ = ["PARTS", "world"]

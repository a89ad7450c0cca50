"""The hidden suite of the kata `no_blocking_sleep`."""

from graders.suites.no_blocking_sleep import any_time, blocking, couriers, timing
from graders.suites.no_blocking_sleep.world import world

# The order in which learners read them.
PARTS = (blocking, timing, couriers, any_time)

__all__ = ["PARTS", "world"]

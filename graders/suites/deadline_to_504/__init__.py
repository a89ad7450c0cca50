"""The hidden suite of the kata `deadline_to_504`."""

from graders.suites.deadline_to_504 import (
    any_time,
    cancellation,
    deadlines,
    errors,
    other_stations,
)

# The order in which learners read them.
PARTS = (deadlines, cancellation, errors, other_stations, any_time)

__all__ = ["PARTS"]

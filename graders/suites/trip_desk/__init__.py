"""The hidden suite of the kata `trip_desk`."""

from graders.suites.trip_desk import (
    analytics,
    any_time,
    errors,
    lifetimes,
    metrics,
    storage,
    timing,
)

# The order in which learners read them.
PARTS = (timing, lifetimes, storage, analytics, errors, metrics, any_time)

__all__ = ["PARTS"]

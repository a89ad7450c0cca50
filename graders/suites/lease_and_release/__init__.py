"""The hidden suite of the kata `lease_and_release`."""

from graders.suites.lease_and_release import (
    any_time,
    cancellation,
    errors,
    giving_back,
    labels,
    side_by_side,
    timing,
)

# The order in which learners read them.
PARTS = (labels, giving_back, cancellation, side_by_side, timing, errors, any_time)

__all__ = ["PARTS"]

"""The hidden suite of the kata `partial_failure`."""

from graders.suites.partial_failure import any_time, errors, others, pages, waiting

# The order in which learners read them.
PARTS = (pages, errors, others, waiting, any_time)

__all__ = ["PARTS"]

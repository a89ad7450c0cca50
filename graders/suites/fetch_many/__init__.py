"""The hidden suite of the kata `fetch_many`."""

from graders.suites.fetch_many import (
    answers,
    any_time,
    errors,
    lists,
    timeouts,
    timing,
)

# The order in which learners read them.
PARTS = (timing, answers, timeouts, errors, lists, any_time)

__all__ = ["PARTS"]

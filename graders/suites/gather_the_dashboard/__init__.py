"""The hidden suite of the kata `gather_the_dashboard`."""

from graders.suites.gather_the_dashboard import any_time, errors, pages, timing

# The order in which learners read them.
PARTS = (timing, pages, errors, any_time)

__all__ = ["PARTS"]

"""The hidden suite of the kata `files_off_the_loop`."""

from graders.suites.files_off_the_loop import (
    any_time,
    blocking,
    breaking_off,
    concurrency,
    errors,
    lines,
    memory,
    replacing,
    round_trip,
)

# The order in which learners read them.
PARTS = (
    *(round_trip, blocking, memory, replacing, breaking_off),
    *(concurrency, errors, lines, any_time),
)

__all__ = ["PARTS"]

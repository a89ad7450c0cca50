"""An order pipeline: what its metrics say, against what really happened."""

from graders.suites.measure_durations import (
    answers,
    any_time,
    durations,
    pipeline,
    running,
    shutdown,
)
from graders.suites.measure_durations.world import world

# The order in which learners read them.
PARTS = (answers, durations, pipeline, running, shutdown, any_time)

__all__ = ["PARTS", "world"]

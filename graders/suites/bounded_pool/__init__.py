"""The hidden suite of the kata `bounded_pool`."""

from graders.suites.bounded_pool import (
    answers,
    any_time,
    cancellation,
    closing,
    links,
    places,
    waiting,
)

# The order in which learners read them.
PARTS = (links, waiting, closing, places, cancellation, answers, any_time)

__all__ = ["PARTS"]

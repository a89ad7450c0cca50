"""The hidden suite of the kata `answer_then_work`."""

from graders.suites.answer_then_work import (
    after_the_answer,
    any_time,
    failures,
    shutdown,
    sign_ups,
    silence,
)

# The order in which learners read them.
PARTS = (after_the_answer, failures, sign_ups, shutdown, silence, any_time)

__all__ = ["PARTS"]

"""The hidden suite of the kata `session_per_request`.

Sessions and commits are judged from the database and its connections.
"""

from graders.suites.session_per_request import (
    answers,
    any_time,
    commits,
    endings,
    errors,
    sharing,
)

# The order in which learners read them.
PARTS = (endings, commits, answers, sharing, errors, any_time)

__all__ = ["PARTS"]

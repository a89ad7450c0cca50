"""The hidden suite of the kata `test_the_async_service`."""

from graders.suites.test_the_async_service import broken_copies, right_copies
from graders.suites.test_the_async_service.world import world

# The order in which learners read them.
PARTS = (right_copies, broken_copies)

__all__ = ["PARTS", "world"]

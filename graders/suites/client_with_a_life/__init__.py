"""The hidden suite of the kata `client_with_a_life`."""

from graders.suites.client_with_a_life import (
    any_time,
    connections,
    errors,
    life,
    silence,
)
from graders.suites.client_with_a_life.world import world

# The order in which learners read them.
PARTS = (connections, life, errors, silence, any_time)

__all__ = ["PARTS", "world"]

"""How many examples a property is tried with: a few that never change, or many.

With ASYNC_KATAS_FUZZ=20 there are twenty times as many, drawn anew in each run:

    ASYNC_KATAS_FUZZ=20 pytest graders/tests/fuzz --timeout=0
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

_TIMES = int(os.environ.get("ASYNC_KATAS_FUZZ", "0"))

Test = TypeVar("Test", bound=Callable[..., object])


def examples(few: int) -> Callable[[Test], Test]:
    """Decorates a property.

    Args:
        few: examples of a usual run.
    """
    return settings(
        max_examples=few * (_TIMES or 1),
        derandomize=not _TIMES,
        database=None,
        deadline=None,
        # A host that grades one is forked; what a test is given is made for all of its
        # examples.
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.function_scoped_fixture,
        ],
    )

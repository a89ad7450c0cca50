"""Simpler plans: what a counterexample is reduced to before anybody reads it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any


def simpler(plan: Any) -> Iterator[Any]:
    """Plans that are a little simpler than this one, the simplest first.

    A tuple loses a part, a part becomes simpler itself; a number becomes 0 or whole; a
    field that need not be set is left out. What stands for somebody or something (a
    text, a whole number) stays as it is. A class of plans that raises ValueError for
    values that make no sense is not given any.
    """
    if isinstance(plan, tuple):
        half = len(plan) // 2
        if half > 1:
            yield plan[:half]
            yield plan[half:]
        for place in reversed(range(len(plan))):
            yield plan[:place] + plan[place + 1 :]
        for place, part in enumerate(plan):
            for one in simpler(part):
                yield (*plan[:place], one, *plan[place + 1 :])
    elif dataclasses.is_dataclass(plan) and not isinstance(plan, type):
        for field in dataclasses.fields(plan):
            value = getattr(plan, field.name)
            values = list(simpler(value))
            if value != field.default and field.default is None:
                values.insert(0, None)
            for one in values:
                with contextlib.suppress(ValueError):
                    yield dataclasses.replace(plan, **{field.name: one})
    elif plan is True:
        yield False
    elif isinstance(plan, float):
        for one in dict.fromkeys((0.0, float(round(plan)), round(plan * 2) / 2)):
            if abs(one) < abs(plan):
                yield one

"""What a plan leads to, on the submission and on the solution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from graders.proctor.checks.check import Check
from graders.proctor.exam.plan import Observation

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam

# What the solution makes of plans; None for those that make no sense there.
Promises = Callable[[Check, Sequence[Any]], Sequence[Observation | None]]


async def observe(check: Check, exam: Exam, plan: Any) -> Observation:
    """Carry out one plan. Its data depend on the plan, not on those before it."""
    exam.random = Random(repr(plan))
    seen: Observation = await check.body(exam, plan)
    return seen

"""What the solution makes of plans: the brief, executable, on an exact clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from graders.proctor.checks.check import Check
from graders.proctor.exam.plan import Observation
from graders.proctor.schedules.memory import Memory
from graders.proctor.schedules.promises import observe
from graders.proctor.schedules.search import Body
from graders.proctor.verdict.verdict import PASSED

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam
    from graders.proctor.schedules.search import Sitting


class SolutionFailed(Exception):
    """The solution itself does not get through a plan: a fault of the suite."""


# The same plans are carried out on every submission of a class.
_PROMISED: Memory[list[Observation | None]] = Memory()


class Oracle:
    """Asks the solution, and remembers what it was asked before.

    Args:
        sit: runs a body for a check in a fresh host of the solution.
        setting: all that the outcome depends on besides the check and the plans.
        launcher: makes the hosts; what is remembered goes with it.
    """

    def __init__(
        self,
        sit: Callable[[Check, Body], Sitting],
        setting: tuple[str, ...],
        launcher: object,
    ) -> None:
        self._sit = sit
        self._setting = setting
        self._launcher = launcher

    def __call__(self, check: Check, plans: Sequence[Any]) -> list[Observation | None]:
        """What becomes of these plans, one after another in one host.

        Raises:
            SolutionFailed: not even the first is got through.
        """
        key = check.body, repr(plans), *self._setting
        carry_out = partial(self._carry_out, check, plans)
        return _PROMISED.recall(self._launcher, key, carry_out)

    def _carry_out(
        self, check: Check, plans: Sequence[Any]
    ) -> list[Observation | None]:
        promised: list[Observation | None] = []

        async def body(exam: Exam) -> None:
            for plan in plans:
                seen = await observe(check, exam, plan)
                promised.append(replace(seen, replies=(), records=()))

        result = self._sit(check, body).result
        if result.outcome != PASSED and not promised:
            saw = result.findings[0].saw if result.findings else result.error
            raise SolutionFailed(f"{check.name}: the solution fails on a plan: {saw}")
        return promised + [None] * (len(plans) - len(promised))

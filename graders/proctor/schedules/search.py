"""Carries out many plans in one host, and reduces the first that tells a difference."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from graders.proctor.checks.check import NO_ENDING, Check, Ending
from graders.proctor.exam.plan import NOTHING, Observation
from graders.proctor.schedules.comparison import expect_same
from graders.proctor.schedules.others import Others
from graders.proctor.schedules.promises import Promises, observe
from graders.proctor.schedules.shrinking import simpler
from graders.proctor.verdict.verdict import FAILED

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam
    from graders.proctor.verdict.verdict import Result


# Hosts of each side that a counterexample may cost until it is told.
_MOST_ROUNDS = 5
# Simpler plans that are tried in one host.
_MOST_TRIES = 12


class Sitting(Protocol):
    """What one exam left for the verdict."""

    @property
    def result(self) -> Result: ...

    @property
    def surprise(self) -> object | None: ...


Body = Callable[["Exam"], Awaitable[None]]
AnySitting = TypeVar("AnySitting", bound=Sitting)


class Search(Generic[AnySitting]):
    """Carries out plans of one property on one submission.

    Args:
        check: a property.
        sit: runs a body for it in a fresh host of the submission.
        promises: what the solution makes of the same plans.
    """

    def __init__(
        self,
        check: Check,
        sit: Callable[[Check, Body], AnySitting],
        promises: Promises,
    ) -> None:
        assert check.schedule is not None
        self._check = check
        self._schedule = check.schedule
        self._sit = sit
        self._promises = promises

    def through(
        self,
        plans: Sequence[Any],
        ending: Ending = NO_ENDING,
        *,
        reduce: bool = True,
    ) -> tuple[AnySitting, Any]:
        """Carry out plans until one tells a difference.

        Args:
            ending: what comes after them in the same host.
            reduce: False where it is enough to know that one does.

        Returns:
            The exam in which everything was well, or that of the simplest plan found
            that fails in a host of its own, with that plan; if none does so alone, the
            exam of all of them and the plan at which it ended.
        """
        first, failing = self._in_one_host(plans, ending)
        if failing is None or not reduce:
            return first, failing
        told, still = self._in_one_host([failing])
        if still is None:
            # It takes those before it, too.
            return first, failing
        smallest = self._reduced(failing)
        alone, still = self._in_one_host([smallest])
        return (told, failing) if still is None else (alone, smallest)

    def _reduced(self, plan: Any) -> Any:
        """The simplest plan found that still tells a difference."""
        for _ in range(_MOST_ROUNDS):
            tries = list(islice(simpler(plan), _MOST_TRIES))
            found = self._in_one_host(tries)[1] if tries else None
            if found is None:
                break
            plan = found
        return plan

    def _in_one_host(
        self, plans: Sequence[Any], ending: Ending = NO_ENDING
    ) -> tuple[AnySitting, Any]:
        """One exam, and the first plan in it that told a difference."""
        promised: Sequence[Observation | None] = [NOTHING] * len(plans)
        if self._schedule.compares:
            promised = self._promises(self._check, plans)
        others = Others(self._check, ending, self._promises)
        under_way: list[Any] = []

        async def body(exam: Exam) -> None:
            for plan, due in zip(plans, promised, strict=True):
                if due is not None:
                    under_way.append(plan)
                    await self._follow(exam, plan, due)
            await others.come(exam, under_way)

        sitting = self._sit(self._check, body)
        failed = sitting.result.outcome == FAILED or sitting.surprise is not None
        return sitting, under_way[-1] if failed and under_way else None

    async def _follow(self, exam: Exam, plan: Any, promised: Observation) -> None:
        seen = await observe(self._check, exam, plan)
        if self._schedule.compares:
            expect_same(exam, seen, promised, self._schedule.free)

"""Carries out many plans in one host, and reduces the first that tells a difference."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from graders.proctor.checks.check import Check
from graders.proctor.exam.plan import NOTHING, BrokenOff, Observation
from graders.proctor.schedules.comparison import expect_same
from graders.proctor.schedules.shrinking import simpler
from graders.proctor.verdict.verdict import FAILED

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam
    from graders.proctor.verdict.verdict import Result


# Hosts of each side that a counterexample may cost until it is told.
_MOST_ROUNDS = 5
# Simpler plans that are tried in one host.
_MOST_TRIES = 12
# Into so many parts the time of a request is divided that a stop cuts short.
_MOMENTS = 64


class Sitting(Protocol):
    """What one exam left for the verdict."""

    @property
    def result(self) -> Result: ...

    @property
    def surprise(self) -> object | None: ...


Body = Callable[["Exam"], Awaitable[None]]
AnySitting = TypeVar("AnySitting", bound=Sitting)

# What the solution makes of plans; None for those that make no sense there.
Promises = Callable[[Check, Sequence[Any]], Sequence[Observation | None]]


async def observe(check: Check, exam: Exam, plan: Any) -> Observation:
    """Carry out one plan. Its data depend on the plan, not on those before it."""
    exam.random = Random(repr(plan))
    seen: Observation = await check.body(exam, plan)
    return seen


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
        self, plans: Sequence[Any], last: Any = None, *, reduce: bool = True
    ) -> tuple[AnySitting, Any]:
        """Carry out plans until one tells a difference.

        Args:
            last: a plan that is broken off: the service stops in the middle of it. All
                that is looked at is what it leaves behind.
            reduce: False where it is enough to know that one does.

        Returns:
            The exam in which everything was well, or that of the simplest plan found
            that fails in a host of its own, with that plan; if none does so alone, the
            exam of all of them and the plan at which it ended.
        """
        first, failing = self._in_one_host(plans, last)
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
        self, plans: Sequence[Any], last: Any = None
    ) -> tuple[AnySitting, Any]:
        """One exam, and the first plan in it that told a difference."""
        promised: Sequence[Observation | None] = [NOTHING] * len(plans)
        if self._schedule.compares:
            promised = self._promises(self._check, plans)
        [whole] = [None] if last is None else self._promises(self._check, [last])
        under_way: list[Any] = []

        async def body(exam: Exam) -> None:
            for plan, due in zip(plans, promised, strict=True):
                if due is not None:
                    under_way.append(plan)
                    await self._follow(exam, plan, due)
            if whole is not None:
                under_way.append(last)
                await self._break_off(exam, last, whole)

        sitting = self._sit(self._check, body)
        failed = sitting.result.outcome == FAILED or sitting.surprise is not None
        return sitting, under_way[-1] if failed and under_way else None

    async def _follow(self, exam: Exam, plan: Any, promised: Observation) -> None:
        seen = await observe(self._check, exam, plan)
        if self._schedule.compares:
            expect_same(exam, seen, promised, self._schedule.free)

    async def _break_off(self, exam: Exam, plan: Any, whole: Observation) -> None:
        """Stop the service in the middle of a plan, while a request waits.

        Raises:
            ValueError: the property carries out no requests that could be broken off.
        """
        if not whole.asks:
            raise ValueError("`stops=True` needs the requests of `exam.carry_out`")
        if exam.has_plain_endpoints:
            # Their threads go on, and the server's pool does not wait for them.
            return
        draw = Random(repr(plan))
        pairs = zip(whole.asks, whole.answers, strict=True)
        waits = [(ask.at, one.took) for ask, one in pairs if one.took]
        if not waits:
            return
        at, took = draw.choice(waits)
        exam.break_off_after(at + took * draw.randrange(1, _MOMENTS) / _MOMENTS)
        with contextlib.suppress(BrokenOff):
            await observe(self._check, exam, plan)
        await exam.lifespan.stop()

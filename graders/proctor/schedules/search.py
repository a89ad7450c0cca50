"""Carries out many plans in one host, and reduces the first that tells a difference."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from graders.proctor.checks.check import FREEDOMS, Check
from graders.proctor.exam.plan import NOTHING, Observation
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


class Sitting(Protocol):
    """What one exam left for the verdict."""

    @property
    def result(self) -> Result: ...

    @property
    def surprise(self) -> object | None: ...


Body = Callable[["Exam"], Awaitable[None]]
AnySitting = TypeVar("AnySitting", bound=Sitting)

# Carries out plans on the solution; None for those that make no sense there.
Oracle = Callable[[Sequence[Any]], Sequence[Observation | None]]


async def observe(check: Check, exam: Exam, plan: Any) -> Observation:
    """Carry out one plan. Its data depend on the plan, not on those before it."""
    exam.random = Random(repr(plan))
    seen: Observation = await check.body(exam, plan)
    return seen


def sit_through(
    check: Check,
    plans: Sequence[Any],
    sit: Callable[[Body], AnySitting],
    oracle: Oracle,
    *,
    reduce: bool = True,
) -> tuple[AnySitting, Any]:
    """Carry out plans on a submission until one tells a difference.

    Args:
        check: a property.
        sit: runs a body in a fresh host of the submission.
        oracle: what the solution makes of the same plans.
        reduce: False where it is enough to know that one tells a difference.

    Returns:
        The exam in which everything was well, or that of the simplest plan found that
        fails in a host of its own, with that plan; if none does so alone, the exam of
        all of them and the plan at which it ended.
    """
    first, failing = _sit(check, plans, sit, oracle)
    if failing is None or not reduce:
        return first, failing
    told, still = _sit(check, [failing], sit, oracle)
    if still is None:
        # It takes those before it, too.
        return first, failing
    smallest = _reduced(check, failing, sit, oracle)
    alone, still = _sit(check, [smallest], sit, oracle)
    return (told, failing) if still is None else (alone, smallest)


def _reduced(
    check: Check, plan: Any, sit: Callable[[Body], AnySitting], oracle: Oracle
) -> Any:
    """The simplest plan found that still tells a difference; tried in shared hosts."""
    for _ in range(_MOST_ROUNDS):
        tries = list(islice(simpler(plan), _MOST_TRIES))
        found = _sit(check, tries, sit, oracle)[1] if tries else None
        if found is None:
            break
        plan = found
    return plan


def _sit(
    check: Check,
    plans: Sequence[Any],
    sit: Callable[[Body], AnySitting],
    oracle: Oracle,
) -> tuple[AnySitting, Any]:
    """One exam, and the first plan in it that told a difference."""
    assert check.schedule is not None
    # Where all is free the property says itself what it expects.
    asks = not check.schedule.free.issuperset(FREEDOMS)
    promised = oracle(plans) if asks else [NOTHING] * len(plans)
    under_way: list[Any] = []

    async def body(exam: Exam) -> None:
        await _follow(check, exam, zip(plans, promised, strict=True), under_way)

    sitting = sit(body)
    failed = sitting.result.outcome == FAILED or sitting.surprise is not None
    return sitting, under_way[-1] if failed and under_way else None


async def _follow(
    check: Check,
    exam: Exam,
    plans: Iterable[tuple[Any, Observation | None]],
    under_way: list[Any],
) -> None:
    assert check.schedule is not None
    for plan, promised in plans:
        if promised is None:
            continue
        under_way.append(plan)
        expect_same(
            exam, await observe(check, exam, plan), promised, check.schedule.free
        )

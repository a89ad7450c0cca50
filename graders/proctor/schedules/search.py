"""Carries out many plans in one host, and reduces the first that tells a difference."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from graders.proctor.checks.check import CALLS, NO_ENDING, STATE, Check, Ending
from graders.proctor.exam.plan import NOTHING, Ask, BrokenOff, Observation, seconds
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
# Into so many parts the time of a request is divided that is cut short.
_MOMENTS = 64
# Requests that are given up before the plan after them: more than any kata's limit on
# what is under way at once.
_CROWD = 24


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
        after, crowd, stop = self._promised_endings(ending)
        under_way: list[Any] = []

        async def body(exam: Exam) -> None:
            for plan, due in zip(plans, promised, strict=True):
                if due is not None:
                    under_way.append(plan)
                    await self._follow(exam, plan, due)
            if crowd is not None and after is not None:
                under_way.append(ending.after)
                await self._give_up(exam, ending.crowd, crowd)
                await self._go_on(exam, ending.after, after)
            if stop is not None:
                under_way.append(ending.stop)
                await self._break_off(exam, ending.stop, stop)

        sitting = self._sit(self._check, body)
        failed = sitting.result.outcome == FAILED or sitting.surprise is not None
        return sitting, under_way[-1] if failed and under_way else None

    def _promised_endings(self, ending: Ending) -> list[Observation | None]:
        """What the solution makes of `after`, `crowd` and `stop`, carried out whole.

        All in one host, and `after` before there is anybody else.
        """
        plans = [ending.after, ending.crowd, ending.stop]
        asked = [plan for plan in plans if plan is not None]
        promised = iter(self._promises(self._check, asked) if asked else ())
        return [None if plan is None else next(promised) for plan in plans]

    async def _follow(self, exam: Exam, plan: Any, promised: Observation) -> None:
        seen = await observe(self._check, exam, plan)
        if self._schedule.compares:
            expect_same(exam, seen, promised, self._schedule.free)

    async def _give_up(self, exam: Exam, plan: Any, whole: Observation) -> None:
        """Let a crowd ask what a plan asks, and give each up while it waits."""
        waits = [(ask, took) for ask, took in _waits(whole) if not ask.pieces]
        if not waits or exam.has_plain_endpoints:
            # Threads go on, and keep what they have.
            return
        draw = Random(repr(plan))
        crowd = [
            replace(
                ask,
                at=ask.at + seconds(draw, 1),
                leaves=None,
                cancelled=_part(draw, took),
            )
            for ask, took in islice(cycle(waits), _CROWD)
        ]
        exam.let_a_crowd_ask(crowd)
        with contextlib.suppress(BrokenOff):
            await observe(self._check, exam, plan)

    async def _go_on(self, exam: Exam, plan: Any, promised: Observation) -> None:
        """What has been given up makes no difference to who asks afterwards.

        But for what it has stored meanwhile: only statuses and durations are compared.
        """
        seen = await observe(self._check, exam, plan)
        if self._schedule.compares:
            free = {CALLS, STATE, *self._schedule.free}
            expect_same(exam, _bare(seen), _bare(promised), free)

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
        waits = _waits(whole)
        if not waits:
            return
        draw = Random(repr(plan))
        ask, took = draw.choice(waits)
        exam.break_off_after(ask.at + _part(draw, took))
        with contextlib.suppress(BrokenOff):
            await observe(self._check, exam, plan)
        await exam.lifespan.stop()


def _waits(whole: Observation) -> list[tuple[Ask, float]]:
    """The requests that are not answered at once, and how long each takes."""
    pairs = zip(whole.asks, whole.answers, strict=True)
    return [(ask, answer.took) for ask, answer in pairs if answer.took]


def _part(draw: Random, took: float) -> float:
    """Some moment before a request is answered."""
    return took * draw.randrange(1, _MOMENTS) / _MOMENTS


def _bare(seen: Observation) -> Observation:
    answers = tuple(replace(answer, content=None) for answer in seen.answers)
    return replace(seen, answers=answers)

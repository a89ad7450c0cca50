"""What comes after the plans in the same host: others ask, and are given up.

Nobody else may notice, and nothing of them may be left.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any

from graders.proctor.checks.check import CALLS, OUTCOMES, STATE, Check, Ending
from graders.proctor.exam.plan import Answered, Ask, BrokenOff, Observation, seconds
from graders.proctor.schedules.comparison import expect_same
from graders.proctor.schedules.promises import Promises, observe

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam

# Requests are cut short at multiples of this (seconds): the shortest power of two that
# is whole nanoseconds, so that all sums and differences of times stay exact.
_TICK = 1 / 512
# Requests that are given up before the plan after them: more than any kata's limit on
# what is under way at once.
_CROWD = 24
_BESIDE = (
    "Somebody else asked the same at that moment, and was given up while it waited. "
    "What do two such requests share, and what does the end of one do to it?"
)
_AFTERWARDS = (
    f"Before this {_CROWD} requests were given up while they waited. What does such a "
    "request keep, or leave behind for those that come later?"
)


class Others:
    """Args:
    check: a property.
    ending: what comes after its plans.
    promises: what the solution makes of plans, each carried out whole and alone.
    """

    def __init__(self, check: Check, ending: Ending, promises: Promises) -> None:
        assert check.schedule is not None
        self._check = check
        self._schedule = check.schedule
        self._ending = ending
        # All in one host, and `after` before there is a crowd.
        plans = [ending.after, ending.stop, *ending.shared]
        asked = [plan for plan in plans if plan is not None]
        promised = iter(promises(check, asked) if asked else ())
        self._after, self._stop, *shared = [
            None if plan is None else next(promised) for plan in plans
        ]
        self._shared = [
            (plan, whole)
            for plan, whole in zip(ending.shared, shared, strict=True)
            if whole is not None
        ]

    async def come(self, exam: Exam, under_way: list[Any]) -> None:
        """Carry the ending out.

        Args:
            under_way: each plan is added to it when it begins.
        """
        # Who has been given up asks for nothing more: a task that works on for it may
        # fail, and nobody is there whom that concerns.
        exam.excused.add("error never retrieved")
        after, stop = self._ending.after, self._ending.stop
        for plan, promised in self._shared if self._schedule.has_company else ():
            under_way.append(plan)
            await self._beside(exam, plan, promised)
        if self._after is not None and self._shared:
            under_way.append(after)
            await self._before(exam)
            await self._go_on(exam, after, self._after)
        if self._stop is not None:
            under_way.append(stop)
            await self._break_off(exam, stop, self._stop)

    async def _beside(self, exam: Exam, plan: Any, promised: Observation) -> None:
        """Beside whoever only reads, another one asks the same and is given up.

        Answers are as if the other had not come; calls may be those of both. Where
        something fails, a brief may leave open what becomes of it then.
        """
        draw = Random(repr(plan))
        others = [
            replace(ask, leaves=None, cancelled=part_of(draw, answer.took))
            for ask, answer in _can_be_given_up(exam, promised)
            if ask.method == "GET" and 0 < answer.status < 400
        ]
        if not others:
            return
        exam.let_others_ask(others)
        try:
            await observe(self._check, exam, plan)
        except BrokenOff as exc:
            free = {CALLS, OUTCOMES, *self._schedule.free}
            expect_same(exam, exc.seen, promised, free, advice=_BESIDE)

    async def _before(self, exam: Exam) -> None:
        """Let a crowd ask what a plan asks, and give each up while it waits.

        It is the plan in which most endpoints, and requests, have to wait.
        """

        def size(waits: Sequence[tuple[Ask, Answered]]) -> tuple[int, int]:
            serving = {exam.serving(ask.method, ask.target) for ask, _ in waits}
            return len(serving), len(waits)

        waiting = [(plan, _can_be_given_up(exam, one)) for plan, one in self._shared]
        plan, waits = max(waiting, key=lambda one: size(one[1]))
        if not waits:
            return
        draw = Random(repr(plan))
        crowd = [
            replace(
                ask,
                at=ask.at + seconds(draw, 1),
                leaves=None,
                cancelled=part_of(draw, answer.took),
            )
            for ask, answer in islice(cycle(waits), _CROWD)
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
            expect_same(exam, _bare(seen), _bare(promised), free, advice=_AFTERWARDS)

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
        ask, answer = draw.choice(waits)
        exam.break_off_after(ask.at + part_of(draw, answer.took))
        with contextlib.suppress(BrokenOff):
            await observe(self._check, exam, plan)
        await exam.lifespan.stop()


def _waits(whole: Observation) -> list[tuple[Ask, Answered]]:
    """The requests that are not answered at once, and their answers."""
    pairs = zip(whole.asks, whole.answers, strict=True)
    return [(ask, answer) for ask, answer in pairs if answer.took]


def _can_be_given_up(exam: Exam, whole: Observation) -> list[tuple[Ask, Answered]]:
    """Of those that wait: a thread goes on, and keeps what it has."""
    return [
        (ask, answer)
        for ask, answer in _waits(whole)
        if not ask.pieces and not exam.is_plain(exam.serving(ask.method, ask.target))
    ]


def part_of(draw: Random, took: float) -> float:
    """Some moment before a request is answered."""
    return draw.randrange(1, max(2, int(took / _TICK))) * _TICK


def _bare(seen: Observation) -> Observation:
    answers = tuple(replace(answer, content=None) for answer in seen.answers)
    return replace(seen, answers=answers)

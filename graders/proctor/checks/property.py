"""`@every_schedule`: a check that holds for whatever plan is drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, TypeVar

from graders.proctor.checks.check import FREEDOMS, Check, Schedule, check
from graders.proctor.exam.plan import Observation

if TYPE_CHECKING:
    from graders.proctor.exam.exam import Exam

    Plan = TypeVar("Plan")
    Property = Callable[[Exam, Plan], Awaitable[Observation]]

# Plans of one grading: all in one host, some milliseconds each.
_PLANS = 12


def every_schedule(
    category: str,
    *,
    points: int,
    hint: str,
    plans: Callable[[Random], Plan],
    free: Collection[str] = (),
    count: int = _PLANS,
    stops: bool = False,
    crowds: bool = True,
    company: bool = True,
    needs: str = "",
) -> Callable[[Property[Plan]], Check]:
    """Make a check of a property: it is given an exam and a plan, and carries it out.

    The solution carries out the same plans on the same clock. What it is answered,
    calls and stores is what the brief promises, but for what is `free`.

    Args:
        category, points, hint, needs: as for `check`.
        plans: draws one plan; see `Schedule.draw`. Times without a common divisor, and
            other data for every request, tell most.
        free: of FREEDOMS, what the brief leaves open.
        count: how many plans one grading draws.
        stops: whether the service is stopped in the middle of one more plan. Its server
            has no patience and gives up what is under way; nothing may be left behind.
        crowds: whether many requests of one more plan are given up by their server. The
            plan after that is answered as if they had never been.
        company: whether beside each reading request of some more plans somebody asks
            the same, and is given up by the server: all are answered as if alone.

    Raises:
        ValueError: there is no such freedom.
    """
    unknown = set(free) - set(FREEDOMS)
    if unknown:
        raise ValueError(
            f"{', '.join(sorted(unknown))} cannot be free: use of {', '.join(FREEDOMS)}"
        )

    def decorate(body: Property[Plan]) -> Check:
        made = check(category, points=points, hint=hint, needs=needs)(body)  # type: ignore[arg-type]
        schedule = Schedule(plans, frozenset(free), count, stops, crowds, company)
        return replace(made, schedule=schedule)

    return decorate

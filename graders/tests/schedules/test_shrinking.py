from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from graders.proctor.schedules.shrinking import simpler


@dataclass(frozen=True)
class Visit:
    at: float
    name: str = "Ada"
    left: float | None = None
    often: bool = False


def _size(plan: tuple[Visit, ...]) -> tuple[int, float]:
    fields = sum(one.at + (one.left or 0) + one.often for one in plan)
    return len(plan) + sum(one.left is not None for one in plan), fields


def test_each_step_is_simpler_than_what_it_comes_from() -> None:
    plan = (Visit(1.25, "Ada", 3.75), Visit(2.5, "Noor", None, True), Visit(0.125))

    steps = list(simpler(plan))

    assert len(steps) == len(set(steps)) > 5
    assert all(_size(step) < _size(plan) for step in steps)


def test_steps_come_to_an_end() -> None:
    plan: tuple[Visit, ...] = (
        Visit(1.25, "Ada", 3.75),
        Visit(2.5, "Noor", None, True),
    )
    steps = 0
    while (step := next(islice(simpler(plan), 1), None)) is not None:
        plan, steps = step, steps + 1
        assert steps < 50
    assert plan == ()


def test_names_and_whole_numbers_stay_as_they_are() -> None:
    assert list(simpler("Ada")) == list(simpler(7)) == list(simpler(None)) == []

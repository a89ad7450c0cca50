"""Plans are drawn for any seed: none stops a grading."""

from __future__ import annotations

from random import Random

import pytest

from graders.proctor import Exam, Observation, all_katas, every_schedule, seconds
from graders.proctor.checks.check import Check, Schedule, load_suite

PROPERTIES = [
    check for kata in all_katas() for check in load_suite(kata).checks if check.schedule
]


@pytest.mark.parametrize("check", PROPERTIES, ids=lambda check: check.name)
def test_every_property_draws_plans_for_any_seed(check: Check) -> None:
    assert check.schedule is not None
    for seed in range(500):
        assert len(check.schedule.drawn(str(seed), count=2)) == 2
        check.schedule.ending(str(seed))


def _schedule(draw: object) -> Schedule:
    @every_schedule("errors", points=1, hint="-", plans=draw)  # type: ignore[arg-type]
    async def test_it(exam: Exam, plan: int) -> Observation:
        """It holds."""
        raise NotImplementedError

    schedule = test_it.schedule
    assert schedule is not None
    return schedule


def _even(draw: Random) -> int:
    number = draw.randrange(10)
    if number % 2:
        raise ValueError("odd numbers are not allowed")
    return number


def test_what_its_type_refuses_is_drawn_anew() -> None:
    plans = _schedule(_even).drawn("a", count=50)
    assert {plan % 2 for plan in plans} == {0}
    assert plans == _schedule(_even).drawn("a", count=50)


def test_a_property_that_refuses_everything_is_told() -> None:
    def refused(draw: Random) -> int:
        raise ValueError("nothing is allowed")

    with pytest.raises(ValueError, match="nothing is allowed"):
        _schedule(refused).drawn("a")


@pytest.mark.parametrize(("least", "most"), [(0, 0), (0, 1 / 128), (2, 2)])
def test_where_nothing_lies_between_the_least_is_drawn(
    least: float, most: float
) -> None:
    assert seconds(Random(1), most, least) == least

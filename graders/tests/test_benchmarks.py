from __future__ import annotations

import pytest

from graders.benchmarks.__main__ import row
from graders.benchmarks.measures import Measure


@pytest.mark.parametrize(
    ("figure", "more", "missed"),
    [(0.5, False, ""), (2.5, False, "missed"), (2.5, True, ""), (0.5, True, "missed")],
)
def test_a_figure_stands_beside_what_it_is_held_against(
    figure: float, more: bool, missed: str
) -> None:
    one = Measure("a check", figure, "its rival", 2.0, aim=0.5, unit="ms", more=more)

    what, here, against, which, ratio, aim, told = row(one)

    assert [what, here, against, which] == [
        *("a check", f"{figure} ms", "2 ms", "its rival"),
    ]
    assert float(ratio) == pytest.approx(figure / 2, abs=0.01)
    assert aim == f"{'at least' if more else 'at most'} 0.5"
    assert told == missed

from __future__ import annotations

import pytest

from graders.proctor import Bar
from graders.reports import plain, timeline_lines
from graders.reports.html._drawing import picture
from graders.tests.html.classes import CALLS


def test_a_blocked_stretch_runs_through_every_line() -> None:
    text = plain(timeline_lines(CALLS, 60)).split("\n")
    assert text == [
        "      GET /patients/7  ██████▓▓▓▓▓▓▓▓▓▓▓███████████✗",
        "      time.sleep             ▒▒▒▒▒▒▒▒▒▒▒",
        "      fetch_labs             ▒▒▒▒▒▒▓▓▓▓▓██!",
        "      fetch_visits           ▒▒▒▒▒▒▒▒▒▒▒      ██████…",
        "      fetch_billing     █████▓▓▓▓▒▒▒▒▒▒▒",
        "                       0     1   1.75   3  3.5      5 s",
        "                       ✗ cancelled   ! failed",
        "                       … still in flight",
        "                       ▒▓ the event loop blocked",
    ]


def test_a_picture_places_calls_on_one_axis() -> None:
    drawn = picture(CALLS)
    assert drawn is not None
    assert [(row.name, row.kind, row.left, row.width) for row in drawn.rows] == [
        ("GET /patients/7", "cancelled", 0.0, 90.0),
        ("time.sleep", "blocked", 18.0, 36.0),
        ("fetch_labs", "failed", 36.0, 27.0),
        ("fetch_visits", "flight", 72.0, 18.0),
        ("fetch_billing", "answered", 4.5, 27.0),
    ]
    assert drawn.stretches == [(18.0, 36.0)]
    assert "fetch_labs: 2 to 3.5 s  ! failed" in drawn.words
    assert drawn.ticks[-1] == (90.0, "5 s")


@pytest.mark.parametrize(
    "bars", [[], [Bar("a", 1.0, 1.0)], [Bar("a", 0.0, None), Bar("b", 0.0, 0.0)]]
)
def test_one_instant_is_no_picture(bars: list[Bar]) -> None:
    assert picture(bars) is None
    assert timeline_lines(bars, 80) == []


def test_what_is_left_out_is_counted() -> None:
    drawn = picture([Bar("a", float(number), None) for number in range(40)])
    assert drawn is not None
    assert (len(drawn.rows), drawn.left_out) == (32, 8)

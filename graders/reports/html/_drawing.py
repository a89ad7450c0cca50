"""Draws the calls of a finding against time, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graders.proctor import BLOCKED, Bar
from graders.reports._axis import Axis
from graders.reports._lines import cut, seconds

_MOST_BARS = 32
_LONGEST_NAME = 36
# Labels that fit side by side on a phone.
_COLUMNS = 36
# Per cent of the width that the axis takes; behind it stands its last label.
_WIDTH = 90.0
_THINNEST = 0.7
_ROW, _FOOT = 30, 20

_WORDS = {
    "cancelled": "✗ cancelled",
    "failed": "! failed",
    "in flight": "… still in flight",
    BLOCKED: "▒ loop blocked",
}
_KINDS = {"cancelled": "cancelled", "failed": "failed", "in flight": "flight"}


class Row(NamedTuple):
    """One call. Places are per cent of the width, heights are pixels."""

    name: str
    times: str
    kind: str
    left: float
    width: float
    top: int


class Picture(NamedTuple):
    """A timeline, ready to be drawn.

    Attributes:
        ticks: places on the axis, and their labels.
        stretches: from where to where nothing else could run.
        height: of all rows together, in pixels.
        words: the same in words.
    """

    rows: list[Row]
    ticks: list[tuple[float, str]]
    stretches: list[tuple[float, float]]
    height: int
    foot: int
    left_out: int
    words: str


def picture(bars: Sequence[Bar], left_out: int = 0) -> Picture | None:
    """How to draw calls; nothing when all of it happened in one instant."""
    axis = Axis(bars, _MOST_BARS, left_out)
    if not axis.is_picture:
        return None
    rows = [
        Row(
            cut(bar.name, _LONGEST_NAME),
            _times(bar),
            BLOCKED if bar.outcome == BLOCKED else _KINDS.get(bar.outcome, "answered"),
            *_stretch(bar, axis),
            number * _ROW,
        )
        for number, bar in enumerate(axis.bars)
    ]
    ticks = [
        (round(axis.place(time, _WIDTH), 2), label)
        for time, label in axis.labels(_COLUMNS)
    ]
    height = len(rows) * _ROW
    return Picture(
        rows,
        ticks,
        [_stretch(bar, axis) for bar in axis.blocked],
        height,
        height + _FOOT,
        axis.left_out,
        "; ".join(f"{row.name}: {row.times}" for row in rows),
    )


def _stretch(bar: Bar, axis: Axis) -> tuple[float, float]:
    left = axis.place(bar.began, _WIDTH)
    end = axis.end if bar.ended is None else bar.ended
    width = max(axis.place(end, _WIDTH) - left, _THINNEST)
    return round(left, 2), round(width, 2)


def _times(bar: Bar) -> str:
    began = seconds(bar.began)
    times = f"{began} s"
    if bar.ended is None:
        times = f"from {times}"
    elif bar.ended != bar.began:
        times = f"{began} to {seconds(bar.ended)} s"
    word = _WORDS.get(bar.outcome, "")
    return f"{times}  {word}" if word else times

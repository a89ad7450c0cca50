"""Draws the calls of a finding against time."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import Bar
from graders.reports._lines import Line, cut, seconds

_INDENT = 6
_LONGEST_NAME = 28
# Beyond the last column: the last label, as in "12.25 s".
_MARGIN = 8
_MOST_BARS = 16

CANCELLED, IN_FLIGHT, FAILED = "✗", "…", "!"
_LEGEND = {
    "cancelled": f"{CANCELLED} cancelled",
    "failed": f"{FAILED} failed",
    "in flight": f"{IN_FLIGHT} still in flight",
}


class _Scale:
    def __init__(self, bars: Sequence[Bar], columns: int) -> None:
        first = min(bar.began for bar in bars)
        self.end = max(bar.began if bar.ended is None else bar.ended for bar in bars)
        # A timeline begins with the exam, unless all of it happened much later.
        self.begin = 0.0 if first <= self.end - first else first
        self.columns = columns

    def column(self, time: float) -> int:
        return round((time - self.begin) / (self.end - self.begin) * self.columns)


def timeline_lines(bars: Sequence[Bar], width: int) -> list[Line]:
    """One line for each call, and the axis below them.

    Nothing when all of it happened in one instant: that is no picture.

    Args:
        width: columns there are.
    """
    shown = bars[:_MOST_BARS]
    if len({time for bar in shown for time in (bar.began, bar.ended)} - {None}) < 2:
        return []
    margin = min(max(len(bar.name) for bar in shown), _LONGEST_NAME)
    left = _INDENT + margin + 2
    scale = _Scale(shown, max(width - left - _MARGIN, 10))
    lines: list[Line] = []
    for bar in shown:
        name = cut(bar.name, margin).ljust(margin)
        lines.append(
            [(" " * _INDENT + name + "  ", ""), (_drawn(bar, scale), "strong")]
        )
    lines.append([(" " * left + _axis(shown, scale), "dim")])
    if len(bars) > len(shown):
        more = f"and {len(bars) - len(shown)} calls more"
        lines.append([(" " * left + more, "dim")])
    outcomes = {bar.outcome for bar in shown}
    legend = [text for outcome, text in _LEGEND.items() if outcome in outcomes]
    if legend:
        lines.append([(" " * left + "   ".join(legend), "dim")])
    return lines


def _drawn(bar: Bar, scale: _Scale) -> str:
    start = scale.column(bar.began)
    if bar.ended is None:
        return " " * start + "█" * max(scale.columns - start, 1) + IN_FLIGHT
    length = max(scale.column(bar.ended) - start, 1)
    if bar.outcome in ("cancelled", "failed"):
        mark = CANCELLED if bar.outcome == "cancelled" else FAILED
        return " " * start + "█" * (length - 1) + mark
    return " " * start + "█" * length


def _axis(bars: Sequence[Bar], scale: _Scale) -> str:
    """Labels where something begins or ends, as many as there is room for."""
    times = {bar.began for bar in bars}
    times |= {bar.ended for bar in bars if bar.ended is not None}
    labels = {scale.column(scale.end): f"{seconds(scale.end)} s"}
    # The ends of the axis matter most.
    for time in sorted({scale.begin, *times}):
        column, label = scale.column(time), seconds(time)
        if all(
            column + len(label) < other or other + len(text) < column
            for other, text in labels.items()
        ):
            labels[column] = label
    axis = ""
    for column, label in sorted(labels.items()):
        axis = axis.ljust(column) + label
    return axis

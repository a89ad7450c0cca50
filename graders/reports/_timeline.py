"""Draws the calls of a finding against time, as text."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import BLOCKED, Bar
from graders.reports._axis import Axis
from graders.reports._lines import Line, cut

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
    BLOCKED: "▒▓ the event loop blocked",
}


def timeline_lines(bars: Sequence[Bar], width: int, left_out: int = 0) -> list[Line]:
    """One line for each call, and the axis below them.

    A stretch during which the event loop was blocked runs through all lines. Nothing
    when all of it happened in one instant: that is no picture.

    Args:
        width: columns there are.
        left_out: how many calls there were besides.
    """
    axis = Axis(bars, _MOST_BARS, left_out)
    if not axis.is_picture:
        return []
    margin = min(max(len(bar.name) for bar in axis.bars), _LONGEST_NAME)
    left = _INDENT + margin + 2
    columns = max(width - left - _MARGIN, 10)
    lines: list[Line] = []
    for bar in axis.bars:
        name = cut(bar.name, margin).ljust(margin)
        lines.append(
            [(" " * _INDENT + name + "  ", ""), (_drawn(bar, axis, columns), "strong")]
        )
    lines.append([(" " * left + _labels(axis, columns), "dim")])
    if axis.left_out:
        more = f"and {axis.left_out} calls more"
        lines.append([(" " * left + more, "dim")])
    outcomes = {bar.outcome for bar in axis.bars}
    legend = [text for outcome, text in _LEGEND.items() if outcome in outcomes]
    rows = _rows(legend, width - left)
    return lines + [[(" " * left + row, "dim")] for row in rows]


def _rows(texts: Sequence[str], width: int) -> list[str]:
    """Texts side by side, on as many lines as they need."""
    rows: list[str] = []
    for text in texts:
        if rows and len(rows[-1]) + len(text) + 3 <= width:
            rows[-1] += f"   {text}"
        else:
            rows.append(text)
    return rows


def _drawn(bar: Bar, axis: Axis, columns: int) -> str:
    cells = [" "] * (columns + 1)
    start, end = _cells(bar, axis, columns)
    cells[start:end] = "█" * (end - start)
    for stretch in axis.blocked:
        first, last = _cells(stretch, axis, columns)
        held = "▒" if bar.outcome == BLOCKED else "▓"
        cells[first:last] = ["▒" if cell == " " else held for cell in cells[first:last]]
    if bar.outcome == BLOCKED:
        pass
    elif bar.ended is None:
        cells[end:] = IN_FLIGHT
    elif bar.outcome in ("cancelled", "failed"):
        cells[end - 1] = CANCELLED if bar.outcome == "cancelled" else FAILED
    return "".join(cells).rstrip()


def _cells(bar: Bar, axis: Axis, columns: int) -> tuple[int, int]:
    """Which cells a bar takes, at least one."""
    start = round(axis.place(bar.began, columns))
    end = columns if bar.ended is None else round(axis.place(bar.ended, columns))
    return start, max(end, start + 1)


def _labels(axis: Axis, columns: int) -> str:
    text = ""
    for time, label in axis.labels(columns):
        text = text.ljust(round(axis.place(time, columns))) + label
    return text

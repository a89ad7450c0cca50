"""The layout of a timeline, for every way to draw one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graders.proctor import BLOCKED, Bar
from graders.reports._lines import seconds


class Axis:
    """The calls of a finding on one axis of virtual time.

    Args:
        bars: the calls.
        most: how many of them there is room for.
        left_out: how many there were besides.

    Attributes:
        bars: those that are drawn.
        left_out: how many are not, in all.
        begin, end: of the axis, in virtual seconds.
    """

    def __init__(self, bars: Sequence[Bar], most: int, left_out: int = 0) -> None:
        self.bars = bars[:most]
        self.left_out = len(bars) - len(self.bars) + left_out
        first = min((bar.began for bar in self.bars), default=0.0)
        self.end = max(
            (max(bar.began, bar.ended or bar.began) for bar in self.bars),
            default=0.0,
        )
        # A timeline begins with the exam, unless all of it happened much later.
        self.begin = 0.0 if first <= self.end - first else first

    @property
    def is_picture(self) -> bool:
        """Whether it shows more than one instant."""
        return len(self._times()) > 1 and 0 < self.end - self.begin < math.inf

    @property
    def blocked(self) -> list[Bar]:
        """The stretches during which nothing else could run."""
        return [bar for bar in self.bars if bar.outcome == BLOCKED]

    def place(self, time: float, columns: float = 1.0) -> float:
        """How far along an axis of so many columns a time is."""
        return (time - self.begin) / (self.end - self.begin) * columns

    def labels(self, columns: int) -> list[tuple[float, str]]:
        """Times at which something begins or ends, with a text that begins there.

        As many as there is room for on so many columns; the ends of the axis matter
        most.
        """
        chosen = {self.end: f"{seconds(self.end)} s"}
        for time in sorted({self.begin, *self._times()}):
            column, label = self._column(time, columns), seconds(time)
            if all(
                column + len(label) < self._column(other, columns)
                or self._column(other, columns) + len(text) < column
                for other, text in chosen.items()
            ):
                chosen[time] = label
        return sorted(chosen.items())

    def _times(self) -> set[float]:
        times = {bar.began for bar in self.bars}
        return times | {bar.ended for bar in self.bars if bar.ended is not None}

    def _column(self, time: float, columns: int) -> int:
        return round(self.place(time, columns))

"""The log of calls that reach the fake world: when each began and ended, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from graders.wire import Site


@dataclass(eq=False)
class CallRecord:
    """One call of a service or one request to an upstream. Times are virtual seconds.

    Attributes:
        name: the service's function, or method and path of the request.
        arguments: the call's arguments by name.
        began: when it arrived.
        ended: when it was answered, failed or cancelled; None while it is in flight.
        outcome: "answered", "failed", "cancelled", or "" while in flight.
        run: the request of the exam within which it was made.
        lines: the learner's lines that led to it, innermost first.
        on_loop: a blocking call made on the event loop's own thread.
        parked: waits at a gate of the exam's.
    """

    name: str
    arguments: dict[str, Any]
    began: float
    run: int | None = None
    lines: list[Site] = field(default_factory=list)
    on_loop: bool = False
    ended: float | None = None
    outcome: str = ""
    parked: bool = False
    # Places in the log: they order what happens within one instant.
    entered: int = 0
    left: int = 0

    @property
    def site(self) -> Site | None:
        """The learner's line that made it."""
        return self.lines[0] if self.lines else None

    @property
    def outermost(self) -> Site | None:
        """The learner's line from which it was set going."""
        return self.lines[-1] if self.lines else None

    def led_by(self, lines: Iterable[Site]) -> Site | None:
        """The innermost of its lines that is one of these, whatever function is named.

        Args:
            lines: as the text of the submission has them.
        """
        numbers = {line.line for line in lines}
        return next((site for site in self.lines if site.line in numbers), None)

    @property
    def in_flight(self) -> bool:
        return self.ended is None


def peak(records: Iterable[CallRecord]) -> int:
    """How many of the calls were in flight at once.

    One that ends at the instant at which another begins does not overlap it.
    """
    changes: list[tuple[float, int, int]] = []
    for record in records:
        end = float("inf") if record.ended is None else record.ended
        if end == record.began and not record.left:
            # Without its place in a log, a call without duration is still one call.
            end += 1e-9
        changes += [(record.began, record.entered, 1), (end, record.left, -1)]
    highest = current = 0
    for _, _, change in sorted(changes):
        current += change
        highest = max(highest, current)
    return highest


@dataclass
class CallLog:
    """All calls of one exam, in the order in which they arrived."""

    now: Callable[[], float]
    records: list[CallRecord] = field(default_factory=list)
    watchers: list[Callable[[], None]] = field(default_factory=list)
    _places: Iterator[int] = field(default_factory=lambda: count(1))

    def enter(self, record: CallRecord) -> CallRecord:
        record.entered = next(self._places)
        self.records.append(record)
        self._changed()
        return record

    def leave(self, record: CallRecord, outcome: str) -> None:
        if record.ended is None:
            record.ended = self.now()
            record.left = next(self._places)
            record.outcome = outcome
            self._changed()

    def _changed(self) -> None:
        for watcher in list(self.watchers):
            watcher()

    def of(self, *names: str, run: int | None = None) -> list[CallRecord]:
        """The calls of these names; of all, when none is given.

        Args:
            run: of this request alone.
        """
        return [
            record
            for record in self.records
            if (not names or record.name in names) and run in (None, record.run)
        ]

    def end_of(self, record: CallRecord) -> float:
        """When a call ended; now, if it is in flight."""
        return self.now() if record.ended is None else record.ended

    def __iter__(self) -> Iterator[CallRecord]:
        return iter(self.records)

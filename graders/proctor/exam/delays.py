"""Which of the learner's lines explains that something came too late, or too early.

What is seen from outside is that a call began late. Why it did is a line further out:
the lock that it waited at, the loop that made one call after the other, the time limit
that ran out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from graders.proctor.submission.code import Code
from graders.proctor.world.calls import CallRecord
from graders.wire import RanOut, Site, Waited
from graders.wire.words import NANO


class Causes:
    """What the host reported of waits and timers in one exam.

    Args:
        code: the submission's text.
    """

    # A host that reports more is not explained any better by it.
    _MOST = 5_000

    def __init__(self, code: Code) -> None:
        self._code = code
        self.waits: list[Waited] = []
        self.timers: list[RanOut] = []

    def reported(self, message: Waited | RanOut) -> None:
        """The host said so."""
        if len(self.waits) + len(self.timers) >= self._MOST:
            return
        if isinstance(message, Waited):
            self.waits.append(message)
        else:
            self.timers.append(message)

    def of_turns(self, began: float, ended: float) -> Site | None:
        """The line at which most time was spent waiting for one's turn.

        Args:
            began, ended: virtual seconds; what lies outside does not count.
        """
        limits = self._code.gives("max_connections")
        spent: Counter[Site] = Counter()
        for wait in self.waits:
            first = max(wait.began, round(began * NANO))
            last = min(wait.ended, round(ended * NANO))
            if last > first:
                # How long a client's pool lets wait is decided at its limit.
                pooled = limits if wait.what == "a free connection" else []
                spent[[*pooled, wait.site][0]] += last - first
        return max(spent, key=lambda site: spent[site]) if spent else None

    def of_timer(self, at: float, run: int | None = None) -> Site | None:
        """The line whose sleep or time limit ended at this time (virtual seconds).

        Args:
            run: the request within which it was set, if only that counts.
        """
        due = round(at * NANO)
        for timer in reversed(self.timers):
            if abs(timer.ended - due) < 1_000 and run in (None, timer.run):
                return timer.site
        return None

    def of_sequence(self, calls: Iterable[CallRecord]) -> Site | None:
        """The line because of which the last of these calls waited for another one.

        Both were led to by some of the same lines. It is the first of them, from
        outside, that stands in a loop, or the first at which they part.
        """
        made = [call for call in calls if call.lines]
        if not made:
            return None
        late = max(made, key=lambda call: (call.began, call.entered))
        before = [
            call
            for call in made
            if call is not late and call.ended is not None and call.ended <= late.began
        ]
        if not before:
            return late.site
        last = max(before, key=lambda call: (call.ended or 0.0, call.left))
        return self._parting(late.lines[::-1], last.lines[::-1])

    def _parting(self, ours: Sequence[Site], theirs: Sequence[Site]) -> Site:
        for our, their in zip(ours, theirs, strict=False):
            if our != their or self._code.loop(our):
                return our
        return ours[-1]

"""Calls drawn as a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graders.proctor.verdict.findings import Bar
from graders.proctor.world.calls import CallRecord


def bars(calls: Iterable[CallRecord], held_up: Sequence[Bar] = ()) -> list[Bar]:
    """Calls as a timeline; those of one instant in the order of their names.

    Args:
        held_up: stretches during which the event loop was held up; a call that did
            so itself is drawn once.
    """
    held = {(bar.name, bar.began) for bar in held_up}
    drawn = [
        Bar(call.name, call.began, call.ended, call.outcome or "in flight")
        for call in calls
        if not (call.on_loop and (call.name, call.began) in held)
    ]
    drawn += held_up
    return sorted(drawn, key=lambda bar: (bar.began, bar.name))

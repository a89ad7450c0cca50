"""What the metrics of a step have to say, and whether a number says it."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord


def truth(calls: Sequence[CallRecord]) -> dict[str, list[float]]:
    """What each number of a step's metrics may be after these calls.

    There is a choice where several calls ended last, at one moment.
    """
    ended = [call for call in calls if not call.in_flight]
    ended.sort(key=lambda call: call.left, reverse=True)
    last = [duration(call) for call in ended if call.ended == ended[0].ended]
    return {
        "count": [len(ended)],
        "errors": [sum(call.outcome != "answered" for call in ended)],
        "last": last or [0.0],
        "max": [max(map(duration, ended), default=0.0)],
        "in_progress": [len(calls) - len(ended)],
    }


def duration(call: CallRecord) -> float:
    return 0.0 if call.ended is None else call.ended - call.began


def took(calls: Sequence[CallRecord], seconds: object) -> bool:
    """Whether one of these calls took so long."""
    return any(same(seconds, duration(call)) for call in calls)


def same(saw: object, value: float) -> bool:
    if isinstance(saw, bool) or not isinstance(saw, int | float):
        return False
    # A difference of two readings of a clock is never quite round. To the millisecond,
    # up or down: sums of 1/64 s lie further apart, but also half-way between two.
    return round(abs(saw - value), 6) <= 0.001


def in_ms(saw: object, value: float) -> bool:
    return value != 0 and same(saw, 1_000 * value)

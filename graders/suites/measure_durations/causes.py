"""The line to show for a number of the metrics that is wrong."""

from __future__ import annotations

from typing import Any

from graders.proctor import CallRecord, Exam, Site
from graders.suites.measure_durations.truth import duration, in_ms, took

# What Python's clocks are called, good and bad ones.
_CLOCKS = ("time", "perf_counter", "monotonic", "process_time", "now", "utcnow")


def of_number(
    exam: Exam, own: dict[str, Any], number: str, calls: list[CallRecord]
) -> Site | None:
    """The line that keeps a wrong number, or the call that it is wrong about.

    Args:
        own: the metrics of one step.
        calls: of the same step.
    """
    if number not in own:
        return None
    call = calls[-1].site if calls else None
    kept = [call, *exam.code.gives(number), *exam.code.sets(number)][-1]
    if own.get("in_progress") == 0 and any(one.in_flight for one in calls):
        # The measuring was over before the call.
        return call
    if number == "errors" and kept is not None:
        return exam.code.handler(kept) or kept
    if number in ("count", "in_progress") and calls:
        return _let_past(exam, calls[-1]) or kept
    if number == "last" and calls:
        return _of_last(exam, own[number], calls, kept)
    return kept


def _let_past(exam: Exam, call: CallRecord) -> Site | None:
    """The clause for all that a call raises, which does not see that it is cancelled.

    In the endpoint it is the answer that such a clause is about, and no number.
    """
    if call.outcome != "cancelled" or call.site is None:
        return None
    clauses = exam.code.guards(call.site) or exam.code.clauses(call.site)
    seeing = exam.code.handlers("BaseException", "CancelledError", raising=True)
    blind = exam.code.handlers("Exception", raising=True)
    answering = exam.code.beside(exam.endpoint(call.run or 0), clauses)
    found = [one for one in clauses if one in blind and one not in answering]
    return found[0] if found and not set(clauses) & set(seeing) else None


def _of_last(
    exam: Exam, saw: object, calls: list[CallRecord], kept: Site | None
) -> Site | None:
    """Of a wrong `last`: the line that keeps it, that began it, or the call."""
    last = max(calls, key=lambda call: call.left)
    if saw == 0 or took(calls, saw) or in_ms(saw, duration(last)):
        # It is an old one, or a right one in another unit.
        return kept
    instant = last.run, last.began
    if took([one for one in exam.calls if (one.run, one.began) == instant], saw):
        # It is the duration of the step beside.
        return last.site
    clocks = exam.code.calls(*_CLOCKS)
    return [*(read for read in clocks if read not in exam.code.gives("last")), kept][0]

"""What is expected of the metrics: of every step they say what really happened."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord, Exam, Reply
from graders.suites.measure_durations import causes
from graders.suites.measure_durations.truth import in_ms, same, truth
from graders.suites.measure_durations.world import STEPS

# All but `in_progress`.
NUMBERS = ("count", "errors", "last", "max")


async def expect_metrics(exam: Exam, when: str, *numbers: str) -> None:
    """The metrics say of every step what really happened.

    Args:
        when: it is asked, in words for the learner.
        numbers: that are looked at, in this order; NUMBERS when left out.
    """
    reply = await exam.get("/metrics")
    expect_told(exam, reply, exam.services.calls, when, numbers or NUMBERS)


def expect_told(
    exam: Exam,
    reply: Reply,
    happened: list[CallRecord],
    when: str,
    numbers: Sequence[str],
) -> None:
    """The reply says of every step what happened."""
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    for step, function in STEPS.items():
        calls = [call for call in happened if call.name == function]
        right = truth(calls)
        own = body.get(step) if isinstance(body, dict) else None
        own = own if isinstance(own, dict) else {}
        for number in numbers:
            saw, value = own.get(number), right[number][0]
            if any(same(saw, one) for one in right[number]):
                continue
            cause = causes.of_number(exam, own, number, calls)
            exam.fail(
                f"`{step}.{number}` is {_shown(number, value)} {when}",
                _shown(number, saw),
                advice=_advice(number, saw, value),
                site=cause or exam.answer(reply.run, number),
                timeline=happened,
            )


def _advice(number: str, saw: object, value: float) -> str:
    """What to look at when it is not what the check's hint is about."""
    if in_ms(saw, value):
        return "In which unit is a duration asked for, and in which do you keep it?"
    if number == "max":
        # What the last call took has been right: it is looked at first.
        return "Which durations does your code compare for `max`?"
    return ""


def _shown(number: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "missing" if value is None else f"{value!r}"[:40]
    if number not in ("last", "max"):
        return f"{value:g}"
    # So little is what the processor needs, and that is never twice the same.
    return "hardly any time" if 0 < abs(value) < 0.05 else f"{value:g} s"

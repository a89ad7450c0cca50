"""Which line set a call going, made it, or changed its arguments: the line to show."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord, Exam, Exchange, Site
from graders.suites.answer_then_work.world import Person

# What tells a model of pydantic to tidy up.
_TIDYING = "str_strip_whitespace", "str_to_lower", "str_to_upper", "strip_whitespace"


def started_at(
    exam: Exam, calls: Sequence[CallRecord], sender: Exchange
) -> Site | None:
    """The line that set calls going: the outermost that is known, or the endpoint.

    A pool that is given the function itself calls it from no line of the learner's.
    """
    furthest = max(calls, key=lambda call: len(call.lines), default=None)
    started = furthest.outermost if furthest is not None else None
    return started or exam.endpoint(sender.run)


def made_at(exam: Exam, calls: Sequence[CallRecord], sender: Exchange) -> Site | None:
    """The line that made the last of the calls, or else the endpoint."""
    return (calls[-1].site if calls else None) or exam.endpoint(sender.run)


def changed_at(
    exam: Exam, call: CallRecord, person: Person, sender: Exchange
) -> Site | None:
    """The line that changed what a service was called with.

    What differs in capitals or white space only has been tidied up: by a line that
    does so, or by the model that reads it.
    """
    made = made_at(exam, [call], sender)
    for key, value in person.items():
        given = str(call.arguments.get(key))
        if given != value and _tidy(given) == _tidy(value):
            tidied = exam.code.calls("lower", "casefold", "strip", "title")
            tidied = tidied or exam.code.gives(*_TIDYING)
            return [made, *(tidied or exam.code.sets(key))][-1]
    return made


def _tidy(text: str) -> str:
    return "".join(text.split()).lower()

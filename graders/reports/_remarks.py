"""What there is to say about a verdict as a whole, in sentences."""

from __future__ import annotations

from graders.proctor import FAILED, GRADER_ERROR, PASSED, Verdict
from graders.reports._lines import escape

NOT_THEIR_FAULT = "The grader failed, not your code; nothing was counted."


def headline(verdict: Verdict) -> str:
    """Why the outcome is none of "passed" and "failed"; nothing where it is one."""
    if verdict.status in (PASSED, FAILED):
        return ""
    if verdict.status == GRADER_ERROR:
        return NOT_THEIR_FAULT
    told = verdict.finding.saw if verdict.finding is not None else verdict.reason
    status = escape(verdict.status.capitalize())
    return f"{status}: {escape(told)}" if told else f"{status}."


def remarks(verdict: Verdict) -> list[str]:
    """What a person should know besides: an unstable outcome, and the notes."""
    found = []
    other = verdict.other
    if other is not None:
        found.append(
            "The outcome is unstable: graded again, it was "
            f"{escape(other.status)} with {other.score}/{other.points}."
        )
    return found + [escape(note) for note in verdict.notes]

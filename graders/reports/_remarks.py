"""What there is to say about a verdict as a whole, in sentences."""

from __future__ import annotations

from graders.proctor import FAILED, GRADER_ERROR, PASSED, Provenance, Verdict
from graders.reports._lines import escape

# Names in one sentence.
_SHOWN = 3

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
    """What a person should know besides: an unstable outcome, notes, conditions."""
    found = []
    other = verdict.other
    if other is not None:
        found.append(
            "The outcome is unstable: graded again, it was "
            f"{escape(other.status)} with {other.score}/{other.points}."
        )
    found += [escape(note) for note in verdict.notes]
    return found + [escape(text) for text in conditions(verdict.provenance)]


def conditions(provenance: Provenance) -> list[str]:
    """What was not as it was when the graders were tested, a sentence for each kind."""
    found = []
    if provenance.untested:
        found.append(
            f"Nobody has tested these graders with {_few(provenance.untested)}."
        )
    if provenance.missing:
        found.append(
            f"This machine lacks {_few(provenance.missing)}: 'kata doctor' says what "
            "is not seen without."
        )
    return found


def _few(names: list[str]) -> str:
    """Some of them, and how many there are besides."""
    shown, more = names[:_SHOWN], len(names) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")

"""How much of a verdict a learner sees."""

from __future__ import annotations

import msgspec

from graders.proctor import (
    FAILED,
    GRADER_ERROR,
    PASSED,
    Finding,
    Provenance,
    Result,
    Verdict,
)
from graders.reports._remarks import NOT_THEIR_FAULT

FEEDBACK = ("full", "hints", "titles", "score")

# What may be said about a verdict without results, where no details may.
_STOPPED = {
    "not loaded": "Your file could not be loaded, so nothing could be checked.",
    "deadlocked": "Your program waited for ever, so nothing could be checked.",
    "timed out": "Your program did not come to an end, so nothing could be checked.",
    "crashed": "Your program ended by itself, so nothing could be checked.",
    "out of memory": "Your program used too much memory, so nothing could be checked.",
    "tampered": "A person is going to look at this submission.",
    GRADER_ERROR: NOT_THEIR_FAULT,
}


def reduced(verdict: Verdict, level: str) -> Verdict:
    """The verdict as a learner may see it. Scores, points and the status stay.

    Args:
        level: "full" for everything; "hints" for each check's title, its outcome and
            what to try; "titles" without the last; "score" for the sum alone.

    Raises:
        ValueError: there is no such level.
    """
    if level not in FEEDBACK:
        raise ValueError(f"{level!r} is no feedback level: {', '.join(FEEDBACK)}.")
    if level == "full":
        return verdict
    brief = level != "hints"
    return msgspec.structs.replace(
        verdict,
        results=(
            [_sum(verdict)]
            if level == "score"
            else [_reduced_result(result, brief) for result in verdict.results]
        ),
        reason=_brief_reason(verdict) if brief else verdict.reason,
        finding=_stop(verdict, brief),
        notes=[] if level == "score" else verdict.notes,
        provenance=_reduced_provenance(verdict.provenance),
        other=None if verdict.other is None else reduced(verdict.other, level),
    )


def _reduced_result(result: Result, brief: bool) -> Result:
    # A dictionary keeps each advice once, in order.
    advice = {} if brief else dict.fromkeys(one.advice for one in result.findings)
    findings = [Finding("", "", text) for text in advice if text]
    # What went wrong with the grader quotes the grader.
    return msgspec.structs.replace(result, findings=findings, error="")


def _sum(verdict: Verdict) -> Result:
    outcome = verdict.status
    if outcome not in (PASSED, GRADER_ERROR):
        outcome = FAILED
    return Result(
        "score",
        "The score in all",
        "",
        verdict.points,
        outcome,
        score=verdict.score,
    )


def _stop(verdict: Verdict, brief: bool) -> Finding | None:
    if verdict.finding is None:
        return None
    if brief:
        return Finding("", _brief_reason(verdict))
    return Finding("", verdict.finding.saw, verdict.finding.advice)


def _brief_reason(verdict: Verdict) -> str:
    if verdict.finding is None and not verdict.reason:
        return ""
    return _STOPPED.get(verdict.status, "Nothing could be checked.")


def _reduced_provenance(provenance: Provenance) -> Provenance:
    return msgspec.structs.replace(
        provenance, suite="", walls=[], untested=[], missing=[]
    )

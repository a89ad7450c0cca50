"""A verdict as the templates show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graders.proctor import GRADER_ERROR, Finding, Result, Verdict
from graders.reports._causes import causes
from graders.reports.html._drawing import Picture, picture
from graders.reports.html._words import (
    TAMPERED,
    Sign,
    result_sign,
)


class Flag(NamedTuple):
    """Something about a verdict that a person should look at."""

    mark: str
    word: str
    text: str


class ShownFinding(NamedTuple):
    """A finding with its timeline, where there is one to see."""

    finding: Finding
    picture: Picture | None


class ShownResult(NamedTuple):
    """A check's outcome and its sign; what it saw, where another one tells the rest."""

    result: Result
    sign: Sign
    seen: Sequence[str] = ()


class ShownCause(NamedTuple):
    """One mistake: a check that failed by it and why, then the other ones."""

    told: ShownResult
    findings: list[ShownFinding]
    others: list[ShownResult]


class Shown(NamedTuple):
    """A verdict, ready for a template.

    Attributes:
        name: whose it is, or of which kata.
        stopped: why no check could be made.
        categories: name, score and points of each.
        failed: what a person should look at, by cause.
        passed, unchecked: the other checks, in their order.
        facts: how it was graded: names and values.
    """

    verdict: Verdict
    name: str
    flags: list[Flag]
    stopped: ShownFinding | None
    categories: list[tuple[str, int, int]]
    failed: list[ShownCause]
    passed: list[ShownResult]
    unchecked: list[ShownResult]
    facts: list[tuple[str, str]]


def shown(verdict: Verdict, name: str) -> Shown:
    """A verdict, ready for a template.

    Args:
        name: whose it is.
    """
    results = [
        ShownResult(result, result_sign(result, verdict)) for result in verdict.results
    ]
    finding = verdict.finding
    return Shown(
        verdict,
        name,
        flags(verdict),
        _shown_finding(finding) if finding else None,
        [(one, *sums) for one, sums in verdict.by_category().items()],
        _failed(verdict),
        [one for one in results if one.sign.tone == "good"],
        [one for one in results if one.sign.tone == "none"],
        _facts(verdict),
    )


def _failed(verdict: Verdict) -> list[ShownCause]:
    found: list[ShownCause] = []
    for result in verdict.results:
        if result.outcome == GRADER_ERROR:
            told = ShownResult(result, result_sign(result, verdict))
            found.append(ShownCause(told, [], []))
    for cause in causes(verdict):
        sign = result_sign(cause.told, verdict)
        if sign.tone == "none":
            continue
        found.append(
            ShownCause(
                ShownResult(cause.told, sign),
                [
                    _shown_finding(one)
                    for one in cause.told.findings
                    # Said in one sentence for all of them.
                    if not cause.withheld
                ],
                [
                    ShownResult(one, result_sign(one, verdict), cause.further_seen(one))
                    for one in cause.others
                ],
            )
        )
    return found


def _shown_finding(finding: Finding) -> ShownFinding:
    return ShownFinding(finding, picture(finding.timeline, finding.left_out))


def flags(verdict: Verdict) -> list[Flag]:
    """What a person should look at: a verdict that changes, tampering, our failure."""
    found: list[Flag] = []
    if verdict.status == TAMPERED:
        text = "What came from this submission was not what a program sends by itself."
        found.append(Flag("⚑", "tampered", f"{text} A person should look at it."))
    if verdict.status == GRADER_ERROR:
        text = "The grader failed, not this submission. Grade it again."
        found.append(Flag("!", "grader error", text))
    if verdict.other is not None:
        found.append(Flag("≠", "unstable", _difference(verdict, verdict.other)))
    return found


def _difference(verdict: Verdict, other: Verdict) -> str:
    text = (
        f"Graded again, it was {other.status} with {other.score} of {other.points} "
        "points."
    )
    outcomes = {result.name: result.outcome for result in verdict.results}
    changed = [
        f"“{result.title.rstrip('.')}” {result.outcome}"
        for result in other.results
        if outcomes.get(result.name, result.outcome) != result.outcome
    ]
    return f"{text} That time: {'; '.join(changed)}." if changed else text


def _facts(verdict: Verdict) -> list[tuple[str, str]]:
    of = verdict.provenance
    facts = [
        ("kata", verdict.kata),
        ("seed", verdict.seed),
        ("took", f"{verdict.duration:.1f} s" if verdict.duration else ""),
        ("walls", ", ".join(of.walls)),
        ("grader", of.grader),
        ("Python", of.python),
        ("not tested with", ", ".join(of.untested)),
        ("without", ", ".join(of.missing)),
        ("submission", of.submission[:16]),
        ("suite", of.suite[:16]),
    ]
    return [(name, fact) for name, fact in facts if fact]

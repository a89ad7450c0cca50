"""Which checks failed by one and the same mistake."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from graders.proctor import FAILED, Finding, Result, Verdict

# A line that opens a function or a class stands for all of it, and for many mistakes.
_HEADS = ("def ", "async def ", "class ", "@")
# What the instruments saw happen, where other checks only see what came of it. That a
# task's error was looked at by nobody is no more than a consequence.
_STOPPED = "nothing_stops_the_event_loop"
_FORGOTTEN = "was called and never awaited"
# How the finding of a check begins that was not tried, because it needs another one.
_FIRST = "first: "
# The group of the checks that wait for another one to pass.
_WITHHELD = "withheld"


@dataclass(frozen=True)
class Cause:
    """One mistake, and the checks that failed by it.

    Attributes:
        results: those checks; the first one tells it.
    """

    results: tuple[Result, ...]

    @property
    def withheld(self) -> bool:
        """Whether it is no mistake: these checks count once another one passes."""
        return self.told.withheld

    @property
    def told(self) -> Result:
        """The check whose findings tell the mistake."""
        return self.results[0]

    @property
    def others(self) -> tuple[Result, ...]:
        """The checks that failed by it as well."""
        return self.results[1:]

    def further_seen(self, other: Result) -> list[str]:
        """What one of the others saw and the first one does not tell."""
        told = {finding.saw for finding in self.told.findings}
        seen = [
            finding.saw
            for finding in other.findings
            if finding.saw not in told and not finding.expected.startswith(_FIRST)
        ]
        return list(dict.fromkeys(seen))


def causes(verdict: Verdict) -> list[Cause]:
    """Every failed check of a verdict, those that failed by one mistake together.

    Findings that name the same line of the learner's code have one cause. Where that
    line is the head of a function, and where there is none, the same must have been
    seen as well. What was caught in the act tells a cause, and comes first; then
    whatever names a line most exactly. Checks whose points are withheld come last.
    """
    failed = [result for result in verdict.results if result.outcome == FAILED]
    failed.sort(key=lambda result: not _in_the_act(result))
    groups: dict[Hashable, list[Result]] = {}
    # Several lines are several mistakes: such a check stands for itself, and for all
    # that failed by one of those lines when it caught them in the act.
    caught: dict[Hashable, Hashable] = {}
    for result in failed:
        if result.withheld:
            groups.setdefault(_WITHHELD, []).append(result)
            continue
        told = _precondition(result, failed) or result
        places = {_place(finding) for finding in told.findings}
        if len(places) == 1 and None not in places:
            (mistake,) = places
        else:
            mistake = told.name
            if _in_the_act(told):
                caught |= dict.fromkeys(places, mistake)
        groups.setdefault(caught.get(mistake, mistake), []).append(result)
    found = [Cause(tuple(results)) for results in groups.values()]
    return sorted(found, key=lambda cause: (cause.withheld, _vagueness(cause.told)))


def _in_the_act(result: Result) -> bool:
    seen = any(finding.saw.endswith(_FORGOTTEN) for finding in result.findings)
    return seen or result.name == _STOPPED


def _precondition(result: Result, failed: Sequence[Result]) -> Result | None:
    """The failed check without which this one made no sense and was not tried."""
    expected = {finding.expected for finding in result.findings}
    for other in failed:
        first = f"{_FIRST}{other.title[:1].lower()}{other.title[1:]}"
        if other is not result and expected == {first}:
            return other
    return None


def _place(finding: Finding) -> Hashable:
    site = finding.site
    if site is None and not finding.saw:
        # Learners may be told less than all: then nothing is known.
        return None
    if site is None:
        return finding.expected, finding.saw, finding.no_site
    if finding.line.startswith(_HEADS):
        return site.file, site.line, finding.saw
    return site.file, site.line


def _vagueness(result: Result) -> int:
    finding = result.findings[0] if result.findings else None
    if finding is None or finding.site is None:
        return 2
    return 1 if finding.line.startswith(_HEADS) else 0

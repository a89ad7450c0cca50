"""Why a check failed: expected, saw, try."""

from __future__ import annotations

import msgspec

from graders.wire import Site

CATEGORIES = ("awaits", "concurrency", "blocking", "resources", "timeouts", "errors")


class Bar(msgspec.Struct, frozen=True):
    """One call on the timeline of a finding. Times are virtual seconds."""

    name: str
    began: float
    ended: float | None
    outcome: str = "answered"


class Finding(msgspec.Struct, frozen=True):
    """What a learner is told about one failed check.

    Attributes:
        expected, saw: a few words each, without the check's title.
        advice: what to try, without giving the code away.
        site: the line of the learner's code, if one can be named.
        line: the text of that line.
        timeline: the calls, where time matters.
        no_site: why no line can be named, where none can.
    """

    expected: str
    saw: str
    advice: str = ""
    site: Site | None = None
    line: str = ""
    timeline: list[Bar] = []
    no_site: str = ""


class CheckFailed(Exception):
    """Raised by an expectation that does not hold."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.expected)
        self.finding = finding

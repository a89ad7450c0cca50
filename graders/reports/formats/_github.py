"""Annotations on GitHub: workflow commands, one a line."""

from __future__ import annotations

from dataclasses import dataclass

from graders.proctor import GRADER_ERROR, PASSED, Result, Verdict
from graders.reports._lines import cut, escape
from graders.reports._remarks import remarks
from graders.reports.formats._told import names, site, sites, stop, told, total, was_run
from graders.wire import Site

# GitHub shows so many of a kind for each step, and drops the others silently.
MOST = 10
_LONGEST_TITLE, _LONGEST_MESSAGE = 200, 16_000


@dataclass(frozen=True)
class Annotation:
    """One remark beside the code, or beside no line of it.

    Attributes:
        kind: "error", "warning" or "notice".
    """

    kind: str
    title: str
    message: str
    site: Site | None = None

    def command(self) -> str:
        """The line that makes GitHub show it."""
        properties = []
        if self.site is not None:
            properties.append(f"file={_property(escape(self.site.file))}")
            properties.append(f"line={self.site.line}")
        properties.append(f"title={_property(cut(self.title, _LONGEST_TITLE))}")
        message = self.message
        if len(message) > _LONGEST_MESSAGE:
            message = message[:_LONGEST_MESSAGE] + "\n(cut)"
        return f"::{self.kind} {','.join(properties)}::{_data(message)}"


def github(verdict: Verdict) -> str:
    """An error for each check that did not pass, those with a line and with most
    points first; a warning for each remark; a notice with the score.
    """
    errors, left_out = _most(_errors(verdict))
    warnings, also = _most([Annotation("warning", "Note", r) for r in remarks(verdict)])
    text = total(verdict)
    for count, what in ((left_out, "failed checks"), (also, "notes")):
        if count:
            text += f"\nLeft out here, for want of room: {count} {what}."
    told_all = [*errors, *warnings, Annotation("notice", "Async Katas", text)]
    return "".join(f"{one.command()}\n" for one in told_all)


def _errors(verdict: Verdict) -> list[Annotation]:
    found = []
    if stop(verdict):
        where = sites([verdict.finding] if verdict.finding is not None else [])
        title = escape(verdict.status.capitalize())
        found.append(
            Annotation("error", title, stop(verdict), where[0] if where else None)
        )
    if not was_run(verdict):
        return found
    pairs = [
        (name, result)
        for name, result in zip(names(verdict.results), verdict.results, strict=True)
        # A grader error has been told, and is nobody's line of code.
        if result.outcome not in (PASSED, GRADER_ERROR)
    ]
    pairs.sort(key=lambda pair: _usefulness(pair[1]))
    return found + [
        Annotation("error", f"{name} {_score(result)}", told(result), site(result))
        for name, result in pairs
    ]


def _usefulness(result: Result) -> tuple[bool, int]:
    return site(result) is None, result.score - result.points


def _score(result: Result) -> str:
    return f"({result.score}/{result.points})"


def _most(annotations: list[Annotation]) -> tuple[list[Annotation], int]:
    return annotations[:MOST], max(len(annotations) - MOST, 0)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

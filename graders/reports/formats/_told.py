"""What a verdict tells about its checks, as plain text that steers nothing."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import dedent

from graders.proctor import GRADER_ERROR, PASSED, Finding, Result, Verdict
from graders.reports._findings import WITHHELD, finding_lines
from graders.reports._lines import escape, plain
from graders.reports._remarks import NOT_THEIR_FAULT, headline
from graders.wire import Site

_NO_MORE = "This check did not pass."


def told(result: Result) -> str:
    """Why a check did not pass, in paragraphs; nothing where it did.

    Never what went wrong inside the grader: that quotes hidden suites.
    """
    return _why(result, [_paragraph(finding) for finding in result.findings])


def drawn(result: Result) -> str:
    """The same for fonts of one width, with the calls drawn against time."""
    texts = [dedent(plain(finding_lines(finding))) for finding in result.findings]
    return _why(result, texts)


def _why(result: Result, texts: list[str]) -> str:
    if result.outcome == PASSED:
        return ""
    if result.outcome == GRADER_ERROR:
        return NOT_THEIR_FAULT
    if result.withheld:
        return f"It {WITHHELD}: who does nothing passes it too."
    return "\n\n".join(text for text in texts if text) or _NO_MORE


def _paragraph(finding: Finding) -> str:
    where = [(f"{one.file}:{one.line}", finding.line) for one in sites([finding])]
    parts = [
        ("Expected", finding.expected),
        ("Saw", finding.saw),
        *where,
        ("Try", finding.advice),
    ]
    return "\n".join(f"{escape(name)}: {escape(text)}" for name, text in parts if text)


def stop(verdict: Verdict) -> str:
    """Why the outcome is none of "passed" and "failed", and what to try."""
    text = headline(verdict)
    if verdict.finding is not None and verdict.finding.advice:
        text += f"\nTry: {escape(verdict.finding.advice)}"
    return text


def was_run(verdict: Verdict) -> bool:
    """Whether any check was made, so that each has an outcome of its own."""
    return verdict.finding is None and bool(verdict.results)


def total(verdict: Verdict) -> str:
    """The score and the status in a few words."""
    return (
        f"{escape(verdict.kata)}: {verdict.score}/{verdict.points} points, "
        f"{escape(verdict.status)}"
    )


def names(results: Iterable[Result]) -> list[str]:
    """The titles of checks, with a number where several have the same one."""
    used: set[str] = set()
    found = []
    for result in results:
        title = escape(result.title.strip().rstrip(".")) or escape(result.name) or "?"
        name, number = title, 1
        while name in used:
            number += 1
            name = f"{title} ({number})"
        used.add(name)
        found.append(name)
    return found


def site(result: Result) -> Site | None:
    """The first line of the learner's code that a check names."""
    return next(iter(sites(result.findings)), None)


def sites(findings: Iterable[Finding]) -> list[Site]:
    """The lines that findings name, where files have such lines."""
    return [
        finding.site
        for finding in findings
        if finding.site is not None and finding.site.line > 0 and finding.site.file
    ]

"""What a learner reads about one check: expected, saw, where, and what to try."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import GRADER_ERROR, PASSED, Finding, Result, Wait
from graders.reports._causes import Cause
from graders.reports._lines import WIDTH, Line, Role, cut, escape, escape_lines, wrap
from graders.reports._timeline import timeline_lines

_INDENT = 6
# Wide enough for "app.py:1234".
_LABELS = 14
_GAP = " " * 8
# As wide as "FAILED" and the gap behind it.
_MARK = 8

WITHHELD = "counts once another check passes"
_WITHHELD_HEAD = (
    "These count once another check passes; who does nothing passes them too"
)
GRADER_FAILED = "The grader failed, not your code. Please report this:"
_NO_DETAILS = "The grader failed, not your code."


def result_lines(result: Result, width: int = WIDTH) -> list[Line]:
    """A check's outcome, and why it failed.

    Args:
        width: columns there are.
    """
    lines = _headline(result, width)
    if result.outcome == GRADER_ERROR:
        return lines + grader_error_lines(result.error)
    if result.withheld:
        texts = _indented(f"{WITHHELD}: who does nothing passes it too", width)
        return lines + [[(" " * _INDENT + text, "")] for text in texts]
    for number, finding in enumerate(result.findings):
        if number:
            lines.append([])
        lines += finding_lines(finding, width)
    return lines


def cause_lines(cause: Cause, width: int = WIDTH) -> list[Line]:
    """One mistake: a check that failed by it and why, then the other ones.

    Args:
        width: columns there are.
    """
    if cause.withheld and cause.others:
        return _withheld_lines(cause, width)
    lines = result_lines(cause.told, width)
    for other in cause.others:
        lines += _also_failed(other, width)
        for saw in cause.further_seen(other):
            lines += _labelled("", f"saw  {saw}", width)
    return lines


def _also_failed(result: Result, width: int) -> list[Line]:
    lines = _labelled("also failed", result.title.rstrip("."), width)
    return _scored(lines, result, _INDENT + _LABELS, width)


def _withheld_lines(cause: Cause, width: int) -> list[Line]:
    """Checks that wait for another one to pass: what they wait for, then their titles.

    Args:
        width: columns there are.
    """
    lines: list[Line] = []
    mark = "FAILED".ljust(_MARK)
    for text in wrap(_WITHHELD_HEAD, width - _MARK):
        lines.append([(mark, "bad"), (text, "strong")])
        mark = " " * _MARK
    for result in cause.results:
        texts = _indented(result.title.rstrip("."), width)
        titles: list[Line] = [[(" " * _INDENT + text, "")] for text in texts]
        lines += _scored(titles, result, _INDENT, width)
    return lines


def _indented(text: str, width: int) -> list[str]:
    return wrap(text, width - _INDENT)


def _scored(lines: list[Line], result: Result, margin: int, width: int) -> list[Line]:
    """The lines with the score behind the last one, or below it."""
    score = _score(result)
    used = sum(len(text) for text, _ in lines[-1])
    if used + len(score) + 4 > width:
        lines.append([(" " * margin, ""), (score, "bad")])
    else:
        lines[-1] += [("    ", ""), (score, "bad")]
    return lines


def stopped_lines(status: str, finding: Finding, width: int = WIDTH) -> list[Line]:
    """Why no check could be made at all: one thing, told once."""
    first, *rest = wrap(finding.saw, width - 2 * _INDENT)
    word = escape(status.upper())
    lines: list[Line] = [[(word, "bad"), (f"  {first}", "strong")]]
    lines += [[(" " * (len(word) + 2) + line, "strong")] for line in rest]
    if finding.advice:
        lines += _labelled("try", finding.advice, width)
    return lines


def grader_error_lines(error: str) -> list[Line]:
    """Something went wrong that is no learner's fault."""
    if not error:
        return [[(_NO_DETAILS, "bad")]]
    lines: list[Line] = [
        [("  " + line, "")] for line in escape_lines(error.rstrip()).split("\n")
    ]
    return [[(GRADER_FAILED, "bad")], *lines]


def short_reason(result: Result) -> str:
    """Why a check failed, in a few words on one line."""
    if result.outcome == GRADER_ERROR:
        return "the grader failed, not your code"
    if result.withheld:
        return WITHHELD
    # Less feedback leaves less to say.
    told = [one for one in result.findings if one.expected or one.saw]
    if not told:
        return result.outcome
    finding = told[0]
    return escape(f"expected {finding.expected}, saw {finding.saw}")


def _headline(result: Result, width: int) -> list[Line]:
    passed = result.outcome == PASSED
    word = {PASSED: "ok", GRADER_ERROR: "ERROR"}.get(result.outcome, "FAILED")
    role: Role = "good" if passed else "bad"
    score = _score(result)
    title = result.title.rstrip(".")
    room = width - _MARK
    texts = wrap(title, room)
    if len(texts[-1]) + len(score) + 4 > room:
        # Leave room for the score behind the last words.
        texts = wrap(title, room - len(score) - 4)
    lines: list[Line] = []
    for text in texts:
        lines.append([(word.ljust(_MARK), role), (text, "" if passed else "strong")])
        word = ""
    lines[-1] += [("    ", ""), (score, role)]
    return lines


def _score(result: Result) -> str:
    return f"{result.category} {result.score}/{result.points}".lstrip()


def finding_lines(finding: Finding, width: int = WIDTH) -> list[Line]:
    """One reason why a check failed."""
    lines = _expected_and_saw(finding, width)
    if finding.timeline:
        lines += [[], *timeline_lines(finding.timeline, width, finding.left_out)]
    if finding.site is not None:
        label = f"{escape(finding.site.file)}:{finding.site.line} ".ljust(_LABELS)
        source = cut(finding.line, width - _INDENT - len(label))
        lines.append([(" " * _INDENT + label, "dim"), (source, "strong")])
    elif finding.no_site:
        lines += _labelled("no line", finding.no_site, width)
    lines += _waits(finding.waits, width)
    if finding.advice:
        lines += _labelled("try", finding.advice, width)
    return lines


def _waits(waits: Sequence[Wait], width: int) -> list[Line]:
    """Who waits for what, a line each."""
    lines: list[Line] = []
    label = "who waits"
    for wait in waits:
        site = wait.site
        where = f"{escape(site.file)}:{site.line}  in {escape(site.function)}"
        told = f"{where} for {escape(wait.what)}" if wait.what else where
        text = cut(told, width - _INDENT - _LABELS)
        lines.append([(" " * _INDENT + label.ljust(_LABELS), "dim"), (text, "")])
        label = ""
    return lines


def _expected_and_saw(finding: Finding, width: int) -> list[Line]:
    if not (finding.expected or finding.saw):
        return []
    expected, saw = escape(finding.expected), escape(finding.saw)
    both = f"{'':{_INDENT}}expected  {expected}{_GAP}saw  {saw}"
    if len(both) <= width:
        return [
            [
                (" " * _INDENT + "expected  ", "dim"),
                (expected, "good"),
                (_GAP + "saw  ", "dim"),
                (saw, "bad"),
            ]
        ]
    return _labelled("expected", finding.expected, width, "good") + _labelled(
        "saw", finding.saw, width, "bad"
    )


def _labelled(label: str, text: str, width: int, role: Role = "") -> list[Line]:
    lines: list[Line] = []
    for line in wrap(text, width - _INDENT - _LABELS):
        lines.append([(" " * _INDENT + label.ljust(_LABELS), "dim"), (line, role)])
        label = ""
    return lines

"""Which check caught which mistake: a table, and what its columns stand for."""

from __future__ import annotations

from collections.abc import Sequence

from graders.authoring._judging import Judged
from graders.proctor import (
    COMMON_CHECKS,
    FAILED,
    PASSED,
    Check,
    CommonCheck,
    Result,
    Suite,
    Verdict,
)
from graders.reports import WIDTH, Line, Role, Span, escape, wrap

CAUGHT, ALSO, MISSED = "●", "○", "·"
_KEY = f"{CAUGHT} caught, in the category of its name   {ALSO} in another one"
_SHORTEST_NAME = 16


def caught(suite: Suite, verdict: Verdict) -> list[Result]:
    """The checks that a submission fails by itself.

    One that fails only because the check that it `needs` failed, or because no other
    one has passed, has caught nothing.
    """
    if verdict.finding is not None:
        return []
    failed = {
        one.name
        for one in verdict.results
        if one.outcome == FAILED and not one.withheld
    }
    needs = {one.name: one.needs for one in suite.checks}
    return [
        result
        for result in verdict.results
        if result.name in failed and needs.get(result.name, "") not in failed
    ]


def every_check(suite: Suite) -> list[Check | CommonCheck]:
    """A suite's own checks, then what every kata demands."""
    return [*suite.checks, *COMMON_CHECKS]


def catches(suite: Suite, rejected: Sequence[Judged]) -> dict[str, int]:
    """How many mistakes each check has caught, its own checks first."""
    counts = {one.name: 0 for one in every_check(suite)}
    for judged in rejected:
        if judged.verdicts:
            for result in caught(suite, judged.verdict):
                counts[result.name] += 1
    return counts


def matrix_lines(
    suite: Suite, rejected: Sequence[Judged], width: int = WIDTH
) -> list[Line]:
    """The table of rejected submissions and checks, with a legend.

    Args:
        width: columns there are.
    """
    checks = every_check(suite)
    names = [escape(judged.exhibit.name) for judged in rejected]
    longest = max((len(name) for name in names), default=_SHORTEST_NAME)
    cell = next(
        (size for size in (3, 2) if longest + 1 + size * len(checks) <= width), 1
    )
    margin = max(min(longest, width - 1 - cell * len(checks)), _SHORTEST_NAME)
    lines = _header(len(checks), cell, margin)
    for name, judged in zip(names, rejected, strict=True):
        if len(name) > margin:
            name = name[: margin - 1] + "…"
        lines.append([(name.ljust(margin) + " ", ""), *_row(suite, judged, cell)])
    lines += [[("", "")], [(_KEY, "dim")], []] if rejected else []
    return lines + _legend(checks, catches(suite, rejected), width)


def _header(count: int, cell: int, margin: int) -> list[Line]:
    """The numbers of the checks; upright where a column is too narrow for them."""
    numbers = [str(number + 1) for number in range(count)]
    if cell >= 3:
        rows = ["".join(number.rjust(cell) for number in numbers)]
    else:
        tens = [number[:-1] for number in numbers]
        units = [number[-1] for number in numbers]
        rows = ["".join(digit.rjust(cell) for digit in row) for row in (tens, units)]
    return [[(" " * (margin + 1) + row, "dim")] for row in rows if row.strip()]


def _row(suite: Suite, judged: Judged, cell: int) -> Line:
    if not judged.verdicts:
        return [("not graded", "bad")]
    verdict = judged.verdict
    if verdict.status not in (PASSED, FAILED):
        return [(escape(verdict.status), "bad")]
    found = {result.name for result in caught(suite, verdict)}
    row: Line = []
    for result in verdict.results:
        mark: Span = (MISSED.rjust(cell), "dim")
        if result.name in found:
            own = result.category == judged.exhibit.category
            mark = (CAUGHT.rjust(cell), "good") if own else (ALSO.rjust(cell), "")
        row.append(mark)
    return row


def _legend(
    checks: Sequence[Check | CommonCheck], counts: dict[str, int], width: int
) -> list[Line]:
    head = " no. category     points caught"
    lines: list[Line] = [[(head, "dim")]]
    for number, one in enumerate(checks, 1):
        times = counts[one.name]
        left = f"{number:4} {one.category:13}{one.points:>5}"
        text, *more = wrap(one.title.rstrip("."), width - len(head) - 3)
        # A demand of every kata may well be the subject of another one.
        role: Role = "" if times else "bad" if isinstance(one, Check) else "dim"
        lines.append([(left, ""), (f"{times:>7}", role), (f"   {text}", "")])
        lines += [[(" " * (len(head) + 3) + rest, "")] for rest in more]
    return lines

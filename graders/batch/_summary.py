"""A whole batch in a few lines, for a person and for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from graders.batch._found import Intake
from graders.proctor import GRADER_ERROR, PASSED, Verdict, calls_for_a_look
from graders.reports import FAILED_EXIT, GRADER_EXIT, WIDTH, Line, Role, escape, wrap

TAMPERED = "tampered"
_MOST_NAMES = 12


class Row(msgspec.Struct, frozen=True):
    """One submission in a summary."""

    learner: str
    kata: str
    status: str
    score: int
    points: int


class Summary(msgspec.Struct, frozen=True):
    """What came of a batch. The same submissions, suites and seed give the same one.

    Attributes:
        statuses: how many submissions have each status.
        mean: score by points, averaged over all but grader errors; 0 to 1.
        unstable, tampered, noted, grader_errors: whose submissions a person should look
            at; "noted" are those whose text reaches for the grader.
        others: what lay beside the submissions and was not taken for one.
    """

    seed: str
    sandbox: str
    statuses: dict[str, int]
    mean: float
    unstable: list[str]
    tampered: list[str]
    noted: list[str]
    grader_errors: list[str]
    submissions: list[Row]
    others: list[str] = []
    schema: Literal["async-katas/summary/v1"] = "async-katas/summary/v1"


def summarised(
    verdicts: Sequence[Verdict],
    *,
    seed: str,
    sandbox: str,
    others: Sequence[str] = (),
) -> Summary:
    """The summary of a batch.

    Args:
        verdicts: one for each submission.
        others: what lay beside them.
    """
    counted = [one for one in verdicts if one.status != GRADER_ERROR]
    shares = [one.score / one.points if one.points else 0.0 for one in counted]
    return Summary(
        seed,
        sandbox,
        dict(sorted(Counter(one.status for one in verdicts).items())),
        round(sum(shares) / len(shares), 4) if shares else 0.0,
        _names(one for one in verdicts if one.other is not None),
        _names(one for one in verdicts if one.status == TAMPERED),
        _names(one for one in verdicts if calls_for_a_look(one.notes)),
        _names(one for one in verdicts if one.status == GRADER_ERROR),
        [
            Row(one.learner, one.kata, one.status, one.score, one.points)
            for one in verdicts
        ],
        list(others),
    )


def summary_lines(summary: Summary, width: int = WIDTH) -> list[Line]:
    """The summary for a terminal.

    Args:
        width: columns there are.
    """
    lines: list[Line] = []
    for status, count in sorted(summary.statuses.items(), key=_place):
        role: Role = "good" if status == PASSED else "bad"
        lines.append([(f"  {count:6}  ", "strong"), (escape(status), role)])
    lines.append([(f"  {len(summary.submissions):6}  ", "strong"), ("in all", "")])
    lines.append([(f"  {summary.mean:6.1%}  ", "strong"), ("mean score", "")])
    for heading, names in (
        ("Unstable, a person should look:", summary.unstable),
        ("Tampered, a person should look:", summary.tampered),
        ("Reach for the grader, a person should look:", summary.noted),
        ("The grader failed, nothing was counted:", summary.grader_errors),
    ):
        if names:
            lines += [[], *_list_lines(heading, names, width)]
    if summary.others:
        lines += [[], *_list_lines("No submissions:", summary.others, width)]
    return lines


def intake_lines(intake: Intake) -> list[Line]:
    """What was found, and by which patterns."""
    count = len(intake.found)
    noun = "submission" if count == 1 else "submissions"
    lines: list[Line] = [[(f"{count} {noun}", "strong")]]
    for layout, times in intake.layouts.most_common():
        lines.append([(f"  {times:6}  ", ""), (layout, "dim")])
    lost = count - intake.layouts.total()
    if lost:
        lines.append([(f"  {lost:6}  ", ""), ("where no file was found", "bad")])
    return lines


def exit_code(summary: Summary) -> int:
    """0 when all have passed, 1 when one has not, 3 when the grader failed."""
    if summary.grader_errors:
        return GRADER_EXIT
    return 0 if set(summary.statuses) <= {PASSED} else FAILED_EXIT


def _names(verdicts: Iterable[Verdict]) -> list[str]:
    return [f"{one.learner}: {one.kata}" for one in verdicts]


def _place(row: tuple[str, int]) -> tuple[bool, int, str]:
    """Who passed comes first, then the most frequent."""
    status, count = row
    return status != PASSED, -count, status


def _list_lines(heading: str, names: Sequence[str], width: int) -> list[Line]:
    shown = ", ".join(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown += f" and {len(names) - _MOST_NAMES} more"
    lines: list[Line] = [[(heading, "strong")]]
    return lines + [[("  " + line, "")] for line in wrap(shown, width - 2)]

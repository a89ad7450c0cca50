"""The verdicts of a class as one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median
from typing import NamedTuple

from graders.proctor import Verdict
from graders.reports.html import _statistics as statistics
from graders.reports.html._document import document, fragment
from graders.reports.html._shown import Flag, flags, shown
from graders.reports.html._words import (
    ABSENT,
    SIGNS,
    Sign,
    kata_title,
    result_sign,
    status_sign,
)

_MOST_SLOWEST = 5
# Rows that a browser lays out at once, and details that it unpacks at once.
_PART = 25


class Entry(NamedTuple):
    """One submission in the table.

    Attributes:
        place: in the batch, from 1; it names the details.
        percent: of the points.
        cells: the outcome of each check, in the order of the columns.
        mistakes: the numbers of the common mistakes that it made.
    """

    place: int
    name: str
    verdict: Verdict
    percent: float
    sign: Sign
    flags: list[Flag]
    cells: list[Sign]
    mistakes: list[int]


class Group(NamedTuple):
    """The submissions of one kata, and what they have in common.

    Attributes:
        statuses: how many submissions have each status.
        mean, middle: of the scores, in per cent of the points.
        took: the median of the real seconds.
        flagged: the submissions that a person should look at.
    """

    kata: str
    title: str
    entries: list[Entry]
    statuses: list[tuple[Sign, int]]
    mean: float
    middle: float
    scores: list[statistics.Bin]
    took: float
    durations: list[statistics.Bin]
    slowest: list[Entry]
    flagged: list[Entry]
    categories: list[statistics.CategoryFigures]
    mistakes: list[statistics.Mistake]
    checks: list[statistics.CheckFigures]


def overview(
    verdicts: Sequence[Verdict],
    titles: Mapping[str, str] | None = None,
    *,
    heading: str = "Class overview",
) -> str:
    """One HTML file on many submissions: the class at a glance, each one a click away.

    It is for who teaches: errors of the grader are told in full.

    Args:
        verdicts: in the order in which they are to be listed; several katas may be
            among them.
        titles: of the katas, by slug.
        heading: what the class or the interview is called.
    """
    members: dict[str, list[tuple[int, Verdict]]] = {}
    for place, verdict in enumerate(verdicts, 1):
        members.setdefault(verdict.kata, []).append((place, verdict))
    groups = [
        _group(kata, kata_title(kata, titles), of) for kata, of in members.items()
    ]
    return document(
        "overview.html",
        scripts=("overview.js",),
        heading=heading,
        groups=groups,
        total=len(verdicts),
        part=_PART,
        signs=SIGNS,
        # In the order of the places, by which they are found.
        details=(
            _details(entry)
            for entry in sorted(
                (entry for group in groups for entry in group.entries),
                key=lambda entry: entry.place,
            )
        ),
    )


def _group(kata: str, title: str, members: Sequence[tuple[int, Verdict]]) -> Group:
    verdicts = [verdict for _, verdict in members]
    checks = statistics.checks(verdicts)
    mistakes = statistics.mistakes(members)
    made: dict[int, list[int]] = {}
    for number, mistake in enumerate(mistakes):
        for place in mistake.members:
            made.setdefault(place, []).append(number)
    entries = [
        _entry(place, verdict, checks, made.get(place, []))
        for place, verdict in members
    ]
    shares = [entry.percent for entry in entries]
    timed = [entry for entry in entries if entry.verdict.duration > 0]
    return Group(
        kata,
        title,
        entries,
        [
            (status_sign(status), count)
            for status, count in Counter(one.status for one in verdicts).most_common()
        ],
        mean(shares),
        median(shares),
        statistics.scores(shares),
        median([entry.verdict.duration for entry in timed]) if timed else 0.0,
        statistics.durations([entry.verdict.duration for entry in timed]),
        sorted(timed, key=lambda entry: -entry.verdict.duration)[:_MOST_SLOWEST],
        [entry for entry in entries if entry.flags],
        statistics.categories(verdicts),
        mistakes,
        list(checks.values()),
    )


def _entry(
    place: int,
    verdict: Verdict,
    checks: Iterable[statistics.Key],
    mistakes: list[int],
) -> Entry:
    signs = {
        key: result_sign(result, verdict)
        for key, result in statistics.numbered(verdict.results)
    }
    return Entry(
        place,
        verdict.learner or f"submission {place}",
        verdict,
        statistics.percent(verdict.score, verdict.points),
        status_sign(verdict.status),
        flags(verdict),
        [signs.get(key, ABSENT) for key in checks],
        mistakes,
    )


def _details(entry: Entry) -> str:
    """Everything about one submission, as HTML."""
    return fragment("details.html", shown=shown(entry.verdict, entry.name))

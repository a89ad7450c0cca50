"""What a class did: scores, durations, and the mistakes that many made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graders.proctor import CATEGORIES, GRADER_ERROR, PASSED, Finding, Result, Verdict
from graders.reports._causes import causes
from graders.reports._lines import seconds
from graders.reports.html._words import TAMPERED

_MOST_MISTAKES = 12
_BINS = 10
# Words that a finding needs to be clear without its check.
_TELLING = 5
# Data differ from seed to seed; what is wrong with the code does not.
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

# A check's name, and which of those of this name it is.
Key = tuple[str, int]


class Bin(NamedTuple):
    """One bar of a distribution.

    Attributes:
        label: what it holds.
        number: how many.
        share: of the highest bar, in per cent.
    """

    label: str
    number: int
    share: float


class CheckFigures(NamedTuple):
    """How a class did in one check. `passed` and `of` count submissions."""

    result: Result
    passed: int
    of: int


class CategoryFigures(NamedTuple):
    """How a class did in one category.

    Attributes:
        score, points: the sums over all submissions.
        lost: submissions that lost points in it.
    """

    name: str
    score: int
    points: int
    lost: int


class Mistake(NamedTuple):
    """One mistake that several submissions made.

    Attributes:
        title, category: of the check that told it first.
        finding: as it was told there.
        members: the submissions' places in the batch.
    """

    title: str
    category: str
    finding: Finding
    members: list[int]


def percent(score: float, points: float) -> float:
    """A share of the points; all of them where there are none."""
    return 100.0 * score / points if points > 0 else 100.0


def scores(shares: Sequence[float]) -> list[Bin]:
    """How the scores are spread, by tenths of the points; full marks stand apart.

    Args:
        shares: per cent of the points, one for each submission.
    """
    width = 100 // _BINS
    counts = [0] * (_BINS + 1)
    for share in shares:
        counts[min(max(int(share // width), 0), _BINS)] += 1
    labels = [f"{low}-{low + width - 1}" for low in range(0, 100, width)]
    return _bins([*labels, "100"], counts)


def durations(times: Sequence[float]) -> list[Bin]:
    """How the real seconds of grading are spread; nothing where none are known."""
    if not times:
        return []
    # The least of 1, 2, 5, 10, ... of which ten steps reach beyond the longest.
    step = next(
        size
        for power in range(-3, 12)
        for size in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
        if size * _BINS > max(times)
    )
    counts = Counter(int(time // step) for time in times)
    places = range(max(counts) + 1)
    labels = [seconds(place * step) for place in places]
    return _bins(labels, [counts[place] for place in places])


def numbered(results: Sequence[Result]) -> Iterator[tuple[Key, Result]]:
    """The results with what tells them apart, also where two have one name."""
    seen: Counter[str] = Counter()
    for result in results:
        yield (result.name, seen[result.name]), result
        seen[result.name] += 1


def checks(verdicts: Sequence[Verdict]) -> dict[Key, CheckFigures]:
    """Every check that any of the verdicts has, in the order of the fullest one."""
    first: dict[Key, Result] = {}
    for verdict in sorted(verdicts, key=lambda one: -len(one.results)):
        for key, result in numbered(verdict.results):
            first.setdefault(key, result)
    passed: Counter[Key] = Counter()
    of: Counter[Key] = Counter()
    for verdict in verdicts:
        for key, result in numbered(verdict.results):
            of[key] += 1
            passed[key] += result.outcome == PASSED
    return {
        key: CheckFigures(result, passed[key], of[key]) for key, result in first.items()
    }


def categories(verdicts: Sequence[Verdict]) -> list[CategoryFigures]:
    """How the class did in each category."""
    score: Counter[str] = Counter()
    points: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for verdict in verdicts:
        for name, (got, of) in verdict.by_category().items():
            score[name] += got
            points[name] += of
            lost[name] += got < of
    known = [name for name in CATEGORIES if name in points]
    names = known + sorted(set(points) - set(known))
    return [
        CategoryFigures(name, score[name], points[name], lost[name]) for name in names
    ]


def mistakes(members: Sequence[tuple[int, Verdict]]) -> list[Mistake]:
    """The mistakes that most submissions made, those of most submissions first.

    Args:
        members: verdicts, each with its place in the batch.
    """
    found: dict[tuple[str, ...], Mistake] = {}
    for place, verdict in members:
        for title, category, finding in _told(verdict):
            mistake = found.setdefault(
                _likeness(title, finding), Mistake(title, category, finding, [])
            )
            if place not in mistake.members[-1:]:
                mistake.members.append(place)
    ordered = sorted(found.values(), key=lambda one: -len(one.members))
    return ordered[:_MOST_MISTAKES]


def _told(verdict: Verdict) -> Iterator[tuple[str, str, Finding]]:
    """Title, category and finding of each mistake."""
    if verdict.status in (TAMPERED, GRADER_ERROR):
        return
    if verdict.finding is not None:
        yield verdict.status.capitalize(), "", verdict.finding
    for cause in causes(verdict):
        if cause.withheld:
            continue
        for finding in cause.told.findings[:1]:
            yield cause.told.title, cause.told.category, finding


def _likeness(title: str, finding: Finding) -> tuple[str, ...]:
    """What findings of one mistake have in common, whatever the data were."""
    if not (finding.expected or finding.saw):
        return title, finding.advice
    told = [_NUMBER.sub("#", text) for text in (finding.expected, finding.saw)]
    # "expected 2 s, saw 3 s" is one thing in one check and another in the next.
    vague = len(" ".join(told).split()) < _TELLING
    return (title, *told) if vague else tuple(told)


def _bins(labels: Sequence[str], counts: Sequence[int]) -> list[Bin]:
    highest = max(counts) or 1
    return [
        Bin(label, count, round(100 * count / highest, 1))
        for label, count in zip(labels, counts, strict=True)
    ]

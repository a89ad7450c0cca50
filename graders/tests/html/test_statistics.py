from __future__ import annotations

import pytest

from graders.proctor import FAILED, Finding, Result, Verdict
from graders.reports.html import _statistics as statistics
from graders.tests.html.classes import ADA, GRACE, KEN, RADIA


def test_full_marks_stand_apart_from_the_best_tenth() -> None:
    bins = statistics.scores([0.0, 9.9, 90.0, 99.99, 100.0])
    assert [(one.label, one.number) for one in bins if one.number] == [
        ("0-9", 2),
        ("90-99", 2),
        ("100", 1),
    ]


@pytest.mark.parametrize(
    ("times", "labels"),
    [
        ([], []),
        ([0.4], ["0", "0.05", "0.1", "0.15", "0.2", "0.25", "0.3", "0.35", "0.4"]),
        ([1.0, 7.5], ["0", "1", "2", "3", "4", "5", "6", "7"]),
    ],
)
def test_durations_are_spread_over_at_most_ten_round_steps(
    times: list[float], labels: list[str]
) -> None:
    bins = statistics.durations(times)
    assert [one.label for one in bins] == labels
    assert sum(one.number for one in bins) == len(times)


def test_categories_count_points_and_who_lost_some() -> None:
    found = {one.name: one for one in statistics.categories([ADA, GRACE, KEN])}
    assert list(found) == ["awaits", "concurrency", "blocking"]
    concurrency = found["concurrency"]
    assert (concurrency.score, concurrency.points, concurrency.lost) == (3, 9, 2)


def test_checks_are_those_of_all_submissions() -> None:
    short = Verdict("slow_page", "not loaded", "1")
    found = statistics.checks([short, ADA, GRACE])
    assert [name for name, _ in found] == ["test_overlap", "test_awaits", "test_free"]
    assert (found["test_overlap", 0].passed, found["test_overlap", 0].of) == (1, 2)


def test_a_mistake_counts_once_for_a_submission_and_not_where_it_tampered() -> None:
    (mistake,) = statistics.mistakes(list(enumerate([GRACE, ADA, KEN, RADIA], 1)))
    assert mistake.members == [1, 3]
    assert (mistake.title, mistake.category) == ("The calls overlap.", "concurrency")


def _failed(title: str, expected: str, saw: str) -> Verdict:
    findings = [Finding(expected, saw, "Look at it.")]
    return Verdict(
        "k", FAILED, "1", [Result(title, title, "errors", 1, FAILED, findings)]
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("a", "GET /7 answers 200", "501"), ("b", "GET /9 answers 200", "501"), True),
        (("a", "GET /7 answers 200", "500, a bug"), ("a", "GET /7", "501"), False),
        (("a", "2 s", "3 s"), ("a", "2 s", "4.5 s"), True),
        (("a", "2 s", "3 s"), ("b", "2 s", "3 s"), False),
        (("a", "", ""), ("a", "", ""), True),
        (("a", "", ""), ("b", "", ""), False),
    ],
)
def test_mistakes_are_alike_whatever_the_data_were(
    one: tuple[str, str, str], other: tuple[str, str, str], alike: bool
) -> None:
    found = statistics.mistakes([(1, _failed(*one)), (2, _failed(*other))])
    assert [mistake.members for mistake in found] == ([[1, 2]] if alike else [[1], [2]])

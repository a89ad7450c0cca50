"""Where learners write tests, no copy of the service has a place in the order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graders.proctor import (
    FAILED,
    PASSED,
    Exam,
    Grading,
    Kata,
    Launcher,
    Manifest,
    Submission,
    Suite,
    check,
)
from graders.proctor.grading import grading as graded

made: list[str] = []
# Which of its sittings a check does not hold in.
fails: dict[str, int] = {}


def _sit(exam: Exam, name: str) -> None:
    made.append(name)
    exam.expect(fails.get(name) != made.count(name), "it holds", "it does not", site=[])


@check("errors", points=1, hint="Look.", times=3)
async def first(exam: Exam) -> None:
    """The first"""
    _sit(exam, "first")


@check("errors", points=1, hint="Look.", needs="first")
async def second(exam: Exam) -> None:
    """The second"""
    _sit(exam, "second")


@check("errors", points=1, hint="Look.")
async def third(exam: Exam) -> None:
    """The third"""
    _sit(exam, "third")


class _Backwards:
    def shuffle(self, items: list[Any]) -> None:
        items.reverse()


Grade = Callable[..., Grading]


@pytest.fixture
def grade(
    hosts: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Grading]:
    monkeypatch.setattr(graded, "SystemRandom", _Backwards)
    (tmp_path / "app.py").write_text("app = None\n")
    manifest = Manifest("T", 1, "core", 1, "x", {}, [], file="test_service.py")
    kata = Kata("kata_for_tests", tmp_path, manifest)
    submission = Submission(tmp_path / "test_service.py", "test_service.py", "")
    suite = Suite([first, second, third], lambda exam: None)

    def grade(**when: int) -> Grading:
        made.clear()
        fails.clear()
        fails.update(when)
        return Grading(kata, submission, hosts, suite=suite)

    return grade


def _outcomes(grading: Grading) -> list[str]:
    return [one.outcome for one in grading.verdict().results[:3]]


def test_what_others_need_may_come_after_them(grade: Grade) -> None:
    grading = grade()
    assert _outcomes(grading) == [PASSED, PASSED, PASSED]
    assert made == ["third", "second", "first", "first", "first"]
    grading.verdict()
    assert len(made) == 5


def test_what_has_been_done_too_early_does_not_count(grade: Grade) -> None:
    grading = grade(first=1)
    assert _outcomes(grading) == [FAILED, FAILED, PASSED]
    assert made == ["third", "second", "first"]
    (finding,) = grading.result(second).findings
    assert (finding.expected, finding.saw) == ("first: the first", "that check failed")


@pytest.mark.parametrize("time", [1, 2, 3])
def test_a_check_holds_each_time_or_not_at_all(grade: Grade, time: int) -> None:
    assert _outcomes(grade(first=time))[0] == FAILED
    assert made.count("first") == time


@pytest.mark.parametrize("time", [1, 2, 3])
def test_so_it_does_when_it_is_asked_for_alone(grade: Grade, time: int) -> None:
    assert grade(first=time).result(first).outcome == FAILED
    assert made == ["first"] * time

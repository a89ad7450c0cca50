"""Checks that are carried out before they are asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graders.proctor import (
    PASSED,
    Check,
    Exam,
    Grading,
    Launcher,
    LauncherFailed,
    Options,
    check,
    find_kata,
    launcher,
    read_submission,
)
from graders.proctor.grading.ahead import Ahead
from graders.proctor.grading.sitting import Sitting, made
from graders.reports import RecordedGrading

SLUG = "gather_the_dashboard"


@check("errors", points=1, hint="Try it.")
async def one(exam: Exam) -> None:
    """The first"""


CHECKS = [replace(one, name=f"test_{number}") for number in range(6)]


def _sitting(own: Check) -> Sitting:
    return Sitting(made(own, PASSED))


def _ahead(sit: Callable[[Check], Sitting], width: int = 2) -> Ahead:
    return Ahead(width, sit, CHECKS, lambda: False)


def test_each_is_taken_once_and_in_any_order() -> None:
    ahead = _ahead(_sitting)
    for own in reversed(CHECKS):
        sitting = ahead.take(own)
        assert sitting is not None
        assert sitting.result.name == own.name
        assert ahead.take(own) is None


def test_as_many_as_are_wanted_are_carried_out_at_once() -> None:
    # Passed only by as many threads together.
    both = threading.Barrier(2, timeout=30)

    def sit(own: Check) -> Sitting:
        both.wait()
        return _sitting(own)

    ahead = _ahead(sit)
    assert all(ahead.take(own) is not None for own in CHECKS)


def test_what_has_not_begun_when_it_is_stopped_never_does() -> None:
    begun, go = threading.Event(), threading.Event()
    sat: list[str] = []

    def sit(own: Check) -> Sitting:
        sat.append(own.name)
        begun.set()
        go.wait()
        return _sitting(own)

    ahead = _ahead(sit, width=1)
    begun.wait()
    assert ahead._silenced is not None
    # The last that is cancelled.
    ahead._silenced.add_done_callback(lambda _: go.set())
    ahead.stop()
    assert sat == ["test_0"]
    assert not any(ahead.has(own.name) for own in CHECKS)
    assert ahead.silenced() is None


def test_what_cannot_be_carried_out_says_so_where_it_is_asked_for() -> None:
    def sit(own: Check) -> Sitting:
        raise LauncherFailed("no host")

    with pytest.raises(LauncherFailed, match="no host"):
        _ahead(sit).take(CHECKS[-1])


@pytest.mark.parametrize(
    "name", ["solution.py", "rejected/errors__spares_all_insurers.py"]
)
def test_verdicts_are_the_same(hosts: Launcher, name: str) -> None:
    kata = find_kata(SLUG)
    submission = read_submission(kata.reference / name, kata.manifest.file)
    first, second = (
        Grading(kata, submission, hosts, Options(width=width)).verdict()
        for width in (1, 3)
    )
    assert second.timeless == first.timeless
    assert second.score > 0


def test_what_is_printed_stays_with_its_check(hosts: Launcher, tmp_path: Path) -> None:
    kata = find_kata(SLUG)
    wrong = kata.reference / "rejected" / "concurrency__sequential.py"
    path = tmp_path / "app.py"
    source = wrong.read_text(encoding="utf-8")
    path.write_text(f"{source}\n\nprint('loaded')\n", encoding="utf-8")
    submission = read_submission(path, kata.manifest.file)
    grading = RecordedGrading(kata, submission, hosts, Options(width=3))
    verdict = grading.verdict()
    failed = [each for each in verdict.results if each.outcome != PASSED]
    assert failed
    for each in failed:
        assert grading.printed(each.name) == "loaded\n"
    assert threading.active_count() < 8


def test_a_launcher_that_is_closed_starts_no_more_hosts() -> None:
    kata = find_kata(SLUG)
    submission = read_submission(kata.solution, kata.manifest.file)
    with launcher() as hosts:
        pass
    with pytest.raises(LauncherFailed, match="ended"):
        Grading(kata, submission, hosts).verdict()

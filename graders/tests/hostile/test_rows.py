"""Every row of the corpus gets the verdict and the sentence that the table names."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from graders.proctor import PASSED, Kata, Verdict, find_kata
from graders.proctor.hosts import link
from graders.tests.hostile.conftest import Room
from graders.tests.hostile.corpus import HOSTILE, compose, solution, told
from graders.tests.hostile.rows import FORGERS, PROBES, ROWS, SOLVED, UNSOLVED, Row

_CASES = [(row, slug) for row in ROWS for slug in row.katas]


@cache
def _code_of_the_suite(slug: str) -> frozenset[str]:
    """Lines of the hidden suite that are none of its sentences for learners."""
    suite = HOSTILE.parents[1] / "graders" / "suites" / slug
    return frozenset(
        line.strip()
        for part in suite.glob("*.py")
        for line in part.read_text(encoding="utf-8").splitlines()
        if "exam." in line
    )


@pytest.fixture(scope="session")
def baseline(room: Room) -> int:
    """What the stub earns that stands in every trick."""
    kata = find_kata(UNSOLVED)
    verdict, _ = room.grade(kata, kata.stub.read_text(encoding="utf-8"))
    return verdict.score


def _see_what_is_told(verdict: Verdict, kata: Kata, room: Room) -> None:
    text = "\n".join(told(verdict))
    for place in (str(HOSTILE.parents[1]), str(room.temporary), "site-packages"):
        assert place not in text
    assert [line for line in _code_of_the_suite(kata.slug) if line in text] == []
    assert len(text) < 50_000


@pytest.mark.parametrize(
    ("row", "slug"), _CASES, ids=[f"{row.file}-{slug}" for row, slug in _CASES]
)
def test_a_trick_earns_nothing_and_leaves_nothing(
    room: Room,
    baseline: int,
    row: Row,
    slug: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "MOST_TURNS", row.turns)
    kata = find_kata(slug)
    right = slug == SOLVED
    source = compose(row.file, solution(kata) if right else kata.stub)
    verdict, grading = room.grade(kata, source, cpu=row.cpu)

    if right and row.harmless:
        assert (verdict.status, verdict.score) == (PASSED, verdict.points)
    else:
        assert re.fullmatch(row.status, verdict.status)
        assert verdict.score < verdict.points
    if not right:
        allowed = verdict.points // 2 if row.answers else baseline
        assert verdict.score <= allowed
    if row.status not in ("failed", PASSED):
        assert verdict.score == 0
        assert verdict.reason
    if row.says and slug == row.said_on:
        assert any(re.search(row.says, text) for text in told(verdict)), told(verdict)
    _see_what_is_told(verdict, kata, room)
    for result in verdict.results:
        printed = grading.printed(result.name)
        assert len(printed) < 70_000
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", printed)


def test_every_file_of_the_corpus_is_in_the_table() -> None:
    files = {path.stem for path in HOSTILE.glob("*.py")}
    assert files == {row.file for row in ROWS} | {*PROBES, *FORGERS}


def test_a_file_says_what_it_tries() -> None:
    for path in HOSTILE.glob("*.py"):
        number = int(path.stem[3:5])
        assert path.read_text(encoding="utf-8").startswith(f"# Row {number}. ")


def test_no_file_remains_where_a_row_would_have_left_it() -> None:
    import os
    import sys
    import sysconfig

    places = ["/", "/tmp", "/var/tmp", "/dev/shm", sysconfig.get_path("purelib")]
    for place in [*places, *sys.path, os.path.dirname(os.__file__)]:
        assert not list(Path(place).glob("kata_hostile_*"))

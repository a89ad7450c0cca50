from __future__ import annotations

import msgspec
import pytest

from graders.proctor import FAILED, PASSED, Verdict
from graders.reports import FEEDBACK, plain, reduced, verdict_lines
from graders.reports.formats import FORMATS
from graders.tests.formats.verdicts import BROKEN, LATE, VERDICTS

SAYS_IT = {
    "expected": "'3 s'",
    "saw": "'8 s'",
    "line": "fetch_labs",
    "timeline": "visits",
    "advice": "Start the calls",
    "title": "slowest service",
    "walls": "landlock",
    "note": "conftest.py",
}


def _says(verdict: Verdict) -> set[str]:
    text = str(msgspec.to_builtins(verdict))
    return {name for name, part in SAYS_IT.items() if part in text}


@pytest.mark.parametrize(
    ("level", "says"),
    [
        ("full", set(SAYS_IT)),
        ("hints", {"advice", "title", "note"}),
        ("titles", {"title", "note"}),
        ("score", set()),
    ],
)
def test_each_level_says_less(level: str, says: set[str]) -> None:
    assert _says(reduced(VERDICTS["failed"], level)) == says


@pytest.mark.parametrize("level", FEEDBACK)
def test_score_points_and_status_are_the_same_at_every_level(level: str) -> None:
    for verdict in VERDICTS.values():
        less = reduced(verdict, level)
        assert (less.score, less.points) == (verdict.score, verdict.points)
        assert less.status == verdict.status
        assert (less.other is None) == (verdict.other is None)
        assert reduced(less, level) == less


def test_the_score_alone_is_one_result() -> None:
    (result,) = reduced(VERDICTS["failed"], "score").results
    assert (result.name, result.title) == ("score", "The score in all")
    assert (result.outcome, result.score, result.points) == (FAILED, 6, 12)
    (result,) = reduced(VERDICTS["passed"], "score").results
    assert (result.outcome, result.score, result.points) == (PASSED, 2, 2)


@pytest.mark.parametrize("level", ["hints", "titles", "score"])
def test_what_went_wrong_in_the_grader_is_for_the_instructor(level: str) -> None:
    less = reduced(VERDICTS["grader error"], level)
    assert BROKEN.error not in str(less)
    text = plain(verdict_lines(less))
    assert "The grader failed, not your code." in text


def test_a_syntax_error_is_shown_from_hints_on_and_kindly_told_below() -> None:
    verdict = VERDICTS["not loaded"]
    for level in ("full", "hints"):
        text = plain(verdict_lines(reduced(verdict, level)))
        assert "NOT LOADED  app.py:3: invalid syntax `def f(:`" in text
        assert "Mend the syntax." in text
    for level in ("titles", "score"):
        text = plain(verdict_lines(reduced(verdict, level)))
        assert text.startswith(
            "NOT LOADED  Your file could not be loaded, so nothing could be checked.\n"
        )


def test_hints_read_like_this() -> None:
    verdict = Verdict("dashboard", FAILED, "7", [LATE])
    assert plain(verdict_lines(reduced(verdict, "hints"))).splitlines() == [
        "FAILED  The page takes as long as its slowest service    concurrency 0/3",
        "      try           Start the calls before you await the first one.",
        "",
        "  concurrency  0/3",
        "  dashboard    0/3  failed   seed 7",
    ]


def test_the_score_reads_like_this() -> None:
    verdict = Verdict("dashboard", FAILED, "7", [LATE])
    assert plain(verdict_lines(reduced(verdict, "score"))).splitlines() == [
        "FAILED  The score in all    0/3",
        "",
        "  dashboard  0/3  failed   seed 7",
    ]


def test_an_unstable_outcome_and_notes_are_told_on_the_terminal() -> None:
    text = plain(verdict_lines(VERDICTS["unstable"]))
    assert "  ! The outcome is unstable: graded again, it was failed with 6/12." in text
    text = plain(verdict_lines(VERDICTS["failed"]))
    assert "  ! conftest.py is not used for grading." in text


@pytest.mark.parametrize("level", ["titles", "score"])
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "classroom50"])
def test_no_report_on_a_reduced_verdict_says_more_than_it(
    name: str, level: str
) -> None:
    for verdict in VERDICTS.values():
        text = FORMATS[name].text(reduced(verdict, level))
        for secret in ("8 s", "Start the calls", "fetch_labs", "SECRET"):
            assert secret not in text


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^'all' is no feedback level: full, "):
        reduced(VERDICTS["passed"], "all")

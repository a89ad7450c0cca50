from __future__ import annotations

import pytest

from graders.proctor import FAILED, GRADER_ERROR, PASSED, Finding, Result, Verdict
from graders.proctor.grading.common_checks import COMMON_CHECKS
from graders.reports import cause_lines, causes, plain, verdict_lines
from graders.reports._causes import _FORGOTTEN, _STOPPED
from graders.wire import Site

LINE, HEAD = "time.sleep(1)", "async def wait() -> None:"


def _failed(name: str, *findings: Finding, category: str = "blocking") -> Result:
    title = f"The {name} is right."
    return Result(name, title, category, 2, FAILED, list(findings))


def _finding(
    saw: str, number: int = 0, line: str = LINE, expected: str = "x"
) -> Finding:
    site = Site("app.py", number) if number else None
    return Finding(expected, saw, "try it", site, line if number else "")


def _names(*results: Result) -> list[list[str]]:
    found = causes(Verdict("tea_room", FAILED, "1", list(results)))
    return [[result.name for result in cause.results] for cause in found]


def test_one_line_is_one_mistake_whatever_was_seen() -> None:
    assert _names(
        _failed("a", _finding("1 s", 24)),
        _failed("b", _finding("2 s", 30)),
        _failed("c", _finding("held up", 24), category="concurrency"),
    ) == [["a", "c"], ["b"]]


@pytest.mark.parametrize("head", [HEAD, "def wait() -> None:", "@app.get('/')"])
def test_the_head_of_a_function_is_one_mistake_only_where_the_same_was_seen(
    head: str,
) -> None:
    assert _names(
        _failed("a", _finding("501", 7, head)),
        _failed("b", _finding("200", 7, head)),
        _failed("c", _finding("501", 7, head)),
    ) == [["a", "c"], ["b"]]


def test_without_a_line_only_the_same_is_one_mistake() -> None:
    assert _names(
        _failed("a", _finding("gone")),
        _failed("b", _finding("gone")),
        _failed("c", _finding("gone", expected="y")),
    ) == [["a", "b"], ["c"]]


def test_the_most_exact_line_comes_first() -> None:
    assert _names(
        _failed("none", _finding("gone")),
        _failed("head", _finding("501", 7, HEAD)),
        _failed("line", _finding("1 s", 9)),
    ) == [["line"], ["head"], ["none"]]


def test_a_check_that_names_several_lines_stands_for_itself() -> None:
    assert _names(
        _failed("a", _finding("1 s", 24)),
        _failed("b", _finding("1 s", 24), _finding("1 s", 25)),
    ) == [["a"], ["b"]]


AWAITED = "every_coroutine_is_awaited"


@pytest.mark.parametrize(
    ("name", "saw"), [(_STOPPED, "held it up"), (AWAITED, f"f {_FORGOTTEN}")]
)
def test_what_was_caught_in_the_act_tells_a_mistake(name: str, saw: str) -> None:
    assert name in {always.name for always in COMMON_CHECKS}
    assert _names(
        _failed("head", _finding("501", 7, HEAD)),
        _failed("other", _finding("1 s", 30)),
        _failed("same", _finding("1 s", 24)),
        _failed(name, _finding(saw, 24)),
    ) == [[name, "same"], ["other"], ["head"]]
    assert _names(
        _failed("same", _finding("1 s", 24)),
        _failed("nowhere", _finding("1 s", 9)),
        _failed(name, _finding(saw, 24), _finding(saw, 30)),
        _failed("other", _finding("2 s", 30)),
    ) == [[name, "same", "other"], ["nowhere"]]


def test_a_check_that_was_not_tried_goes_with_the_one_that_it_needs() -> None:
    after = Finding("first: the a is right.", "that check failed")
    results = (
        _failed("a", _finding("1 s", 24)),
        _failed("b", after),
        _failed("c", after),
    )
    assert _names(*results) == [["a", "b", "c"]]
    (cause,) = causes(Verdict("tea_room", FAILED, "1", list(results)))
    assert "that check failed" not in plain(cause_lines(cause))


def test_checks_that_need_each_other_end_all_the_same() -> None:
    a = _failed("a", Finding("first: the b is right.", ""))
    b = _failed("b", Finding("first: the a is right.", ""))
    assert sum(map(len, _names(a, b))) == 2


def test_where_learners_are_told_less_no_cause_is_guessed() -> None:
    told_less = Finding("", "", "try it")
    assert _names(
        _failed("a", told_less), _failed("b", told_less), _failed("c"), _failed("d")
    ) == [["a"], ["b"], ["c"], ["d"]]


def test_one_mistake_is_told_once_and_every_check_is_named() -> None:
    results = [
        Result("p", "The p is right.", "errors", 1, PASSED),
        _failed("a", _finding("1 s", 24)),
        Result("g", "The g is right.", "errors", 1, GRADER_ERROR, error="boom"),
        _failed("b", _finding("1 s", 24)),
        _failed(
            "third check",
            _finding("held up", 24),
            category="concurrency",
        ),
    ]
    verdict = Verdict("tea_room", FAILED, "1", results)
    assert plain(verdict_lines(verdict)).splitlines()[:15] == [
        "ERROR   The g is right    errors 0/1",
        "The grader failed, not your code. Please report this:",
        "  boom",
        "",
        "FAILED  The a is right    blocking 0/2",
        "      expected  x        saw  1 s",
        "      app.py:24     time.sleep(1)",
        "      try           try it",
        "      also failed   The b is right    blocking 0/2",
        "      also failed   The third check is right    concurrency 0/2",
        "                    saw  held up",
        "",
        "ok      The p is right    errors 1/1",
        "",
        "  errors       1/2",
    ]
    for width in (40, 60):
        for cause in causes(verdict):
            lines = plain(cause_lines(cause, width)).split("\n")
            assert max(map(len, lines)) <= width


def test_an_error_that_nobody_looked_at_is_told_after_what_it_came_of() -> None:
    (always,) = (always for always in COMMON_CHECKS if always.name == AWAITED)
    # As the instruments say it.
    assert any(saw.endswith(_FORGOTTEN) for saw, _ in always.kinds.values())
    lost = _finding("a task ended with ValueError and nobody looked at it", 24)
    assert _names(
        _failed("same", _finding("1 s", 24)),
        _failed("other", _finding("1 s", 30)),
        _failed(AWAITED, lost),
    ) == [["same", AWAITED], ["other"]]

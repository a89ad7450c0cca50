"""Guards: checks that a submission which does nothing passes as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import pytest

from graders.proctor import (
    FAILED,
    PASSED,
    Check,
    CommonCheck,
    Exam,
    Exhibit,
    Grading,
    Kata,
    KataError,
    Launcher,
    Manifest,
    Submission,
    Suite,
    all_katas,
    check,
    complaint,
    load_suite,
)
from graders.proctor.grading.common_checks import COMMON_CHECKS
from graders.proctor.grading.null_submissions import nulls

made: list[str] = []


@check("errors", points=1, hint="Who is there?", guard=True)
async def nobody_is_404(exam: Exam) -> None:
    """Nobody is a 404"""
    made.append("nobody_is_404")
    exam.expect_status(await exam.get("/nobody"), 404)


@check("awaits", points=4, hint="Answer.")
async def the_page_answers(exam: Exam) -> None:
    """The page answers"""
    made.append("the_page_answers")
    reply = await exam.get("/")
    exam.expect_status(reply, 200)
    exam.expect_json(reply, {"page": 1})


@check("errors", points=2, hint="Look.", needs="nobody_is_404")
async def a_post_is_405(exam: Exam) -> None:
    """A post is a 405"""
    made.append("a_post_is_405")
    exam.expect_status(await exam.post("/"), 405)


SUITE = Suite([nobody_is_404, the_page_answers, a_post_is_405], lambda exam: None)

EMPTY = "from fastapi import FastAPI\napp = FastAPI()\n"
PAGE = EMPTY + '@app.get("/")\nasync def page(): return {"page": 1}\n'
# It does nothing, and forgets a coroutine besides.
CARELESS = EMPTY + (
    "async def nothing(): ...\n"
    '@app.middleware("http")\nasync def first(request, call_next):\n'
    "    nothing()\n    return await call_next(request)\n"
)

Grade = Callable[[str], Grading]


@pytest.fixture
def grade(hosts: Launcher, tmp_path: Path) -> Grade:
    made.clear()
    kata = Kata(
        "kata_for_tests", tmp_path, Manifest("T", 1, "core", 1, "x", {"errors": 3}, [])
    )

    def grade(source: str) -> Grading:
        submission = Submission(tmp_path / "app.py", "app.py", dedent(source))
        return Grading(kata, submission, hosts, suite=SUITE)

    return grade


def test_what_does_nothing_has_no_points_and_is_told_why(grade: Grade) -> None:
    verdict = grade(EMPTY).verdict()
    assert (verdict.status, verdict.score, verdict.points) == (FAILED, 0, 10)
    withheld = [result for result in verdict.results if result.withheld]
    assert [one.name for one in withheld] == [
        "nobody_is_404",
        *(one.name for one in COMMON_CHECKS),
    ]
    (finding,) = withheld[0].findings
    assert (finding.expected, finding.saw) == (
        "another check passes first",
        "none has passed yet",
    )


def test_guards_count_once_another_check_has_passed(grade: Grade) -> None:
    verdict = grade(PAGE).verdict()
    assert (verdict.status, verdict.score) == (PASSED, 10)
    assert not any(result.withheld for result in verdict.results)


@pytest.mark.parametrize(
    "guard", [nobody_is_404, *COMMON_CHECKS], ids=lambda one: one.name
)
def test_a_guard_alone_is_judged_as_among_all(
    grade: Grade, guard: Check | CommonCheck
) -> None:
    for source, outcome in ((EMPTY, FAILED), (PAGE, PASSED)):
        assert grade(source).result(guard).outcome == outcome


def test_no_more_checks_are_made_than_are_needed(grade: Grade) -> None:
    assert grade(PAGE).result(nobody_is_404).outcome == PASSED
    assert made == ["nobody_is_404", "the_page_answers"]


def test_a_guard_that_fails_shows_its_evidence(grade: Grade) -> None:
    results = {one.name: one for one in grade(CARELESS).verdict().results}
    forgotten = results["every_coroutine_is_awaited"]
    assert (forgotten.outcome, forgotten.withheld) == (FAILED, False)
    assert forgotten.findings[0].saw == "nothing was called and never awaited"
    assert results["nothing_is_left_behind"].withheld


def test_a_check_may_need_a_guard(grade: Grade) -> None:
    """What the guard found is what counts, not what it is worth."""
    no_page = PAGE.replace('"page": 1', '"page": 2')
    results = {one.name: one for one in grade(no_page).verdict().results}
    assert results["a_post_is_405"].outcome == PASSED
    assert results["nobody_is_404"].outcome == PASSED


def test_a_guard_that_waits_has_caught_no_mistake(grade: Grade) -> None:
    verdict = grade(EMPTY).verdict()
    kata = Kata("pond", Path(), Manifest("Pond", 1, "core", 1, "Fish.", {}, []))
    wrong = Exhibit(kata, Path("blocking__sleeps.py"), "rejected", "blocking")
    assert complaint(wrong, verdict).startswith("blocking did not fail")


def test_a_suite_of_guards_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from graders.suites import async_or_def as suite

    (kata,) = (one for one in all_katas() if one.slug == "async_or_def")
    guards = SimpleNamespace(nobody_is_404=nobody_is_404)
    monkeypatch.setattr(suite, "PARTS", (guards,), raising=False)
    with pytest.raises(KataError, match="is a guard, so none would ever count"):
        load_suite(kata)


@pytest.mark.parametrize("kata", all_katas(), ids=lambda kata: kata.slug)
def test_every_null_submission_is_python_and_like_no_other(kata: Kata) -> None:
    found = nulls(kata)
    for one in found:
        compile(one.source, one.name, "exec")
    assert len({one.source for one in found}) == len(found) >= 7
    assert any(one.first for one in found)

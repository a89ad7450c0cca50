from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from graders.tests.plugin.project import (
    BAD_SUITE,
    BROKEN,
    SEQUENTIAL,
    SLUG,
    SOLUTION,
    SUITE,
    make_project,
)

pytest_plugins = ["pytester"]

TITLE = "Tea and toast are made at the same time"
KATA = f"katas/{SLUG}"
APP = f"{KATA}/app.py"
CHECKS = [
    "test_tea_and_toast_come_together",
    "test_no_tea_is_503",
    "nothing_stops_the_event_loop",
    "every_coroutine_is_awaited",
    "nothing_is_left_behind",
]


@pytest.fixture
def kata(pytester: pytest.Pytester) -> Path:
    return make_project(pytester.path)


@pytest.fixture
def run(pytester: pytest.Pytester, kata: Path) -> pytest.Pytester:
    return pytester


def _lines(result: pytest.RunResult) -> list[str]:
    return [line.rstrip() for line in result.outlines]


def test_the_stub_fails_politely_and_is_scored(run: pytest.Pytester) -> None:
    result = run.runpytest_inprocess(KATA, "-v")
    assert result.parseoutcomes() == {"failed": 2, "withheld": 3}
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    lines = _lines(result)
    for name in CHECKS:
        assert any(line.startswith(f"{APP}::{name} ") for line in lines)
    assert f"FAILED  {TITLE}    concurrency 0/3" in lines
    assert "      expected  GET /breakfast answers 200        saw  501" in lines
    assert "  concurrency  0/3" in lines
    assert "  tea_room     0/8  failed   seed 1" in lines
    assert "Traceback" not in result.stdout.str()
    told = lines.index(
        "FAILED  These count once another check passes; who does nothing passes them "
        "too"
    )
    assert lines[told + 1] == "      Nothing stops the event loop    blocking 0/1"
    assert lines[told + 4] == ""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_guard_alone_fails_until_another_check_passes(
    run: pytest.Pytester, kata: Path, processes: str
) -> None:
    alone = (KATA, "-k", "event_loop", "-n", processes)
    result = run.runpytest_inprocess(*alone, "--junitxml=report.xml")
    assert result.parseoutcomes()["withheld"] == 1
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "FAILED  Nothing stops the event loop    blocking 0/1" in _lines(result)
    failure = next(ElementTree.parse(run.path / "report.xml").iter("failure"))
    assert failure.get("message") == "counts once another check passes"

    (kata / "app.py").write_text(SOLUTION)
    run.runpytest_inprocess(*alone).assert_outcomes(passed=1)


def test_what_is_printed_stays_with_its_check_where_a_guard_has_run_it(
    pytester: pytest.Pytester,
) -> None:
    guard = '''
@check("errors", points=1, hint="Who is there?", guard=True)
async def test_lunch_is_unknown(exam: Exam) -> None:
    """Lunch is a 404."""
    exam.expect_status(await exam.get("/lunch"), 404)


@check("concurrency"'''
    suite = SUITE.replace('@check("concurrency"', guard.lstrip(), 1)
    kata = make_project(pytester.path, suite=suite)
    (kata / "app.py").write_text(SEQUENTIAL)
    result = pytester.runpytest_inprocess(KATA, "-k", "lunch or together")
    result.assert_outcomes(failed=1, passed=1, deselected=4)
    assert "[bold]boiling\\x1b[31m water[/bold]" in _lines(result)


def test_a_solution_elsewhere_passes_and_leaves_with_zero(
    run: pytest.Pytester,
) -> None:
    elsewhere = run.path / "handed_in"
    elsewhere.mkdir()
    (elsewhere / "app.py").write_text(SOLUTION)
    (elsewhere / "conftest.py").write_text("raise SystemExit('hostile')")
    result = run.runpytest_inprocess(KATA, "--submission", "handed_in", "-q")
    result.assert_outcomes(passed=5)
    assert result.ret == pytest.ExitCode.OK
    assert (
        "tea_room 8/8  (concurrency 3/3, errors 2/2, blocking 1/1, awaits 1/1, "
        "resources 1/1)" in _lines(result)
    )


def test_a_late_answer_is_shown_with_its_timeline_and_what_was_printed(
    run: pytest.Pytester, kata: Path
) -> None:
    (kata / "app.py").write_text(SEQUENTIAL)
    result = run.runpytest_inprocess(KATA, "-k", "concurrency")
    result.assert_outcomes(failed=1, deselected=4)
    lines = _lines(result)
    begin = lines.index(f"FAILED  {TITLE}    concurrency 0/3")
    drawn = [line for line in lines[begin:] if "█" in line]
    assert [line.split()[0] for line in drawn] == ["brew", "toast"]
    assert drawn[0].rindex("█") < drawn[1].index("█")
    assert any(line.split() == ["0", "2", "5", "s"] for line in lines[begin:])
    assert any(line.startswith("      app.py:12     ") for line in lines[begin:])
    assert "[bold]boiling\\x1b[31m water[/bold]" in lines
    assert any(line.endswith("4 checks were not run") for line in lines)
    assert "\x1b" not in result.stdout.str()


def test_what_is_printed_by_a_passing_check_is_not_shown(
    run: pytest.Pytester, kata: Path
) -> None:
    talkative = SOLUTION.replace("    try:", "    print('hi')\n    try:")
    (kata / "app.py").write_text(talkative)
    result = run.runpytest_inprocess(KATA)
    result.assert_outcomes(passed=5)
    result.stdout.no_fnmatch_line("*hi*")


def test_with_s_prints_are_shown_as_they_come(run: pytest.Pytester, kata: Path) -> None:
    (kata / "app.py").write_text(SEQUENTIAL)
    result = run.runpytest_subprocess(KATA, "-s", "-k", "concurrency")
    result.assert_outcomes(failed=1, deselected=4)
    assert "[bold]boiling\x1b[31m water[/bold]" in result.stdout.str()
    result.stdout.no_fnmatch_line("*- printed -*")


def test_what_cannot_be_loaded_is_told_once(run: pytest.Pytester, kata: Path) -> None:
    (kata / "app.py").write_text(BROKEN)
    result = run.runpytest_inprocess(KATA, "-rs")
    result.assert_outcomes(failed=1, skipped=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = [line for line in _lines(result) if line.startswith("NOT LOADED")]
    assert told == ["NOT LOADED  app.py:3: invalid syntax `def broken(:`"]
    result.stdout.fnmatch_lines(["*tea_room*0/8  not loaded*"])
    result.stdout.no_fnmatch_line("*graders/plugin*")


def test_it_is_told_once_also_by_two_processes(
    run: pytest.Pytester, kata: Path
) -> None:
    (kata / "app.py").write_text(BROKEN)
    result = run.runpytest_inprocess(KATA, "-n", "2")
    result.assert_outcomes(failed=1, skipped=4)
    assert result.stdout.str().count("NOT LOADED") == 1


def test_two_processes_give_the_same_report(run: pytest.Pytester, kata: Path) -> None:
    (kata / "app.py").write_text(SEQUENTIAL)
    alone = run.runpytest_inprocess(KATA, "-q", "--color=yes")
    together = run.runpytest_inprocess(KATA, "-q", "-n", "2", "--color=yes")
    together.assert_outcomes(failed=1, passed=4)

    def told(result: pytest.RunResult) -> list[str]:
        text = result.stdout.str()
        return text[text.index("FAILED  ") : text.index(" printed ")].splitlines()[:-1]

    def score(result: pytest.RunResult) -> list[str]:
        return [line for line in result.outlines if line.startswith("tea_room ")]

    assert told(alone)
    assert told(alone) == told(together)
    assert score(alone)
    assert score(alone) == score(together)


def test_the_usual_options_choose_checks(run: pytest.Pytester) -> None:
    result = run.runpytest_inprocess(KATA, "--co", "-q")
    assert _lines(result)[:5] == [f"{APP}::{name}" for name in CHECKS]
    result = run.runpytest_inprocess(KATA, "-x", "-m", "concurrency or errors")
    result.assert_outcomes(failed=1, deselected=3)
    result = run.runpytest_inprocess(f"{APP}::test_no_tea_is_503")
    result.assert_outcomes(failed=1)
    result = run.runpytest_inprocess(KATA, "--lf", "--co", "-q")
    failed = [f"{APP}::{name}" for name in CHECKS[:2]]
    assert _lines(result)[:3] == [*failed, ""]


def test_junit_names_category_points_and_reason(run: pytest.Pytester) -> None:
    run.runpytest_inprocess(KATA, "--junitxml=report.xml", "-o", "junit_family=xunit1")
    tree = ElementTree.parse(run.path / "report.xml")
    case = next(one for one in tree.iter("testcase") if one.get("name") == CHECKS[0])
    properties = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert properties == {
        "kata": SLUG,
        "title": "Tea and toast are made at the same time.",
        "category": "concurrency",
        "points": "3",
        "score": "0",
    }
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "expected GET /breakfast answers 200, saw 501"


def test_the_fault_of_a_suite_is_an_error_and_no_failure(
    pytester: pytest.Pytester,
) -> None:
    kata = make_project(pytester.path, suite=BAD_SUITE)
    (kata / "app.py").write_text(SOLUTION)
    result = pytester.runpytest_inprocess(KATA)
    result.assert_outcomes(errors=1, passed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["The grader failed, not your code.*", "*RuntimeError: a bad suite"]
    )
    result.stdout.fnmatch_lines(["*tea_room*grader error*"])


def test_example_tests_run_only_when_they_are_named(
    run: pytest.Pytester, kata: Path
) -> None:
    (kata / "app.py").write_text("raise SystemExit('imported by pytest')")
    (kata / "test_example.py").write_text("def test_of_mine(): pass\n")
    result = run.runpytest_inprocess("katas", "--co", "-q")
    result.stdout.no_fnmatch_line("*test_example*")
    result = run.runpytest_inprocess(f"{KATA}/test_example.py")
    result.assert_outcomes(passed=1)


def test_another_seed_is_reported(run: pytest.Pytester) -> None:
    result = run.runpytest_inprocess(KATA, "--seed", "0042", "-k", "errors")
    result.stdout.fnmatch_lines(["*tea_room*failed   seed 42*"])


def test_the_spawn_launcher_gives_the_same_verdict(run: pytest.Pytester) -> None:
    solution = f"reference/{SLUG}/solution.py"
    result = run.runpytest_inprocess(
        KATA, "--submission", solution, "--launcher", "spawn", "-k", "errors"
    )
    result.assert_outcomes(passed=1, deselected=4)

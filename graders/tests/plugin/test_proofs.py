from __future__ import annotations

from pathlib import Path

import pytest

from graders.tests.plugin.project import (
    SEQUENTIAL,
    SLUG,
    SOLUTION,
    make_project,
    suite_file,
)

pytest_plugins = ["pytester"]

REFERENCE = f"reference/{SLUG}"


@pytest.fixture
def reference(pytester: pytest.Pytester) -> Path:
    make_project(pytester.path)
    return pytester.path / REFERENCE


def test_every_exhibit_is_an_item(pytester: pytest.Pytester, reference: Path) -> None:
    result = pytester.runpytest_inprocess("reference", "--co", "-q")
    assert result.outlines[:8] == [
        f"{REFERENCE}::stub",
        f"{REFERENCE}::null[imports_only]",
        f"{REFERENCE}::null[empty]",
        f"{REFERENCE}::null[always_200_object]",
        f"{REFERENCE}::null[always_500]",
        f"{REFERENCE}/solution.py::solution",
        f"{REFERENCE}/accepted/with_gather.py::accepted",
        f"{REFERENCE}/rejected/concurrency__one_after_the_other.py::rejected",
    ]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_right_suite_is_proven(
    pytester: pytest.Pytester, reference: Path, processes: str
) -> None:
    result = pytester.runpytest_inprocess(REFERENCE, "-n", processes)
    result.assert_outcomes(passed=8)


def test_one_exhibit_can_be_named(pytester: pytest.Pytester, reference: Path) -> None:
    result = pytester.runpytest_inprocess(f"{REFERENCE}/accepted/with_gather.py")
    result.assert_outcomes(passed=1)


def test_a_wrong_proof_shows_its_complaint_and_the_findings(
    pytester: pytest.Pytester, reference: Path
) -> None:
    (reference / "accepted" / "in_turn.py").write_text(SEQUENTIAL)
    (reference / "rejected" / "errors__none.py").write_text(SOLUTION)
    result = pytester.runpytest_inprocess("reference", "-k", "in_turn or errors__none")
    result.assert_outcomes(failed=2, deselected=8)
    result.stdout.fnmatch_lines(
        [
            "a right solution lost: test_tea_and_toast_come_together (concurrency)",
            "FAILED  Tea and toast are made at the same time*",
            "expected the verdict 'failed', got 'passed'*",
        ]
    )


def test_points_for_nothing_are_a_complaint(
    pytester: pytest.Pytester, reference: Path
) -> None:
    suite = suite_file(pytester.path)
    text = suite.read_text().replace("503)", "500)")
    suite.write_text(text.replace("200)\n    exam.services", "500)\n    exam.services"))
    result = pytester.runpytest_inprocess(REFERENCE, "-k", "null")
    result.assert_outcomes(failed=1, passed=3, deselected=4)
    result.stdout.fnmatch_lines(
        [
            "it does nothing and has 5 points: test_no_tea_is_503 (2), nothing_stops_*"
            "Mark such a check with guard=True, or let it expect some work as well"
        ]
    )


def test_a_missing_solution_is_told_in_a_sentence(
    pytester: pytest.Pytester, reference: Path
) -> None:
    (reference / "solution.py").unlink()
    result = pytester.runpytest_inprocess("reference")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["The kata 'tea_room' has no solution: write reference/tea_room/solution.py."]
    )


def test_a_rejected_one_must_name_its_category(
    pytester: pytest.Pytester, reference: Path
) -> None:
    (reference / "rejected" / "slow.py").write_text(SEQUENTIAL)
    result = pytester.runpytest_inprocess("reference")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["slow.py does not say which category must fail*"])

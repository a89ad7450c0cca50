"""The same verdict on a machine that seems slower or faster.

A sample: `python -m graders.devtools.speeds` grades everything.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graders.devtools.speeds import (
    CORPORA,
    SPEEDS,
    Outcome,
    differences,
    outcomes_of_tests,
)
from graders.proctor import Exam
from graders.tests.exams import Examine, problems
from graders.tests.instruments import test_corpora
from graders.tests.instruments.corpus import read_cases
from graders.wire import real

# Cases of the corpora near the limits, on both sides.
SAMPLE = (
    "computing in Python",
    "a few computations",
    "many small computations",
    "some computing",
    "a hundred callbacks that do something",
    "computing in a thread",
)


def _test_of(name: str) -> str:
    blocks = name in {case.title for case in read_cases("blocking")}
    tests = test_corpora
    return (
        tests.test_what_blocks_is_found_with_its_line_and_its_name
        if blocks
        else tests.test_normal_work_raises_no_alarm
    ).__name__


@pytest.mark.parametrize("speed", [speed for speed in SPEEDS if speed != "1"])
def test_what_computes_is_found_at_every_speed_and_normal_work_is_not(
    speed: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            f"--junitxml={report}",
            *(f"{CORPORA}::{_test_of(name)}[{name}]" for name in SAMPLE),
        ],
        env={**os.environ, real.SPEED: speed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert len(outcomes_of_tests(report.read_text(encoding="utf-8"))) == len(SAMPLE)


def test_a_submission_does_not_see_how_fast_its_machine_seems(
    examine: Examine,
) -> None:
    app = """
        import os
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/names")
        async def names():
            return sorted(os.environ)
    """

    async def body(exam: Exam) -> None:
        assert real.SPEED not in (await exam.get("/names")).json()

    assert problems(examine(app, body)) == []


GRADED = Outcome("failed 3/9 test_a", "all of it")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (GRADED, []),
        (
            Outcome("passed 9/9"),
            [
                "k: s: the verdicts differ\n"
                "  at 1: failed 3/9 test_a\n"
                "  at 4: passed 9/9"
            ],
        ),
        (
            Outcome("failed 3/9 test_a", "other words"),
            ["k: s: the same verdict in different words"],
        ),
        (
            Outcome("failed 3/9 test_a", "all of it", "it lost the point"),
            ["k: s: wrong at 4: it lost the point"],
        ),
    ],
)
def test_what_differs_between_speeds_is_told(other: Outcome, told: list[str]) -> None:
    runs = {"at 1": {"k: s": GRADED}, "at 4": {"k: s": other}}
    assert list(differences(runs)) == told


def test_what_was_graded_at_one_speed_only_is_told() -> None:
    differ, wrong = differences({"at 1": {"k: s": GRADED}, "at 4": {}})
    assert differ.startswith("k: s: the verdicts differ\n")
    assert wrong == "k: s: wrong at 4: it was not graded"


def test_a_case_that_is_not_as_it_must_be_is_told(tmp_path: Path) -> None:
    module, report = tmp_path / "test_cases.py", tmp_path / "report.xml"
    module.write_text(
        "def test_right(): pass\ndef test_wrong(): assert [] == ['blocked']\n"
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
            *(f"--rootdir={tmp_path}", f"--junitxml={report}", str(module)),
        ],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    right, wrong = outcomes_of_tests(report.read_text(encoding="utf-8")).items()
    assert right == ("corpus: test_right", Outcome("as it must be"))
    assert (wrong[0], wrong[1].words) == ("corpus: test_wrong", "not as it must be")
    assert wrong[1].wrong.startswith("AssertionError: assert [] == ['blocked']")

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graders.practice._grader import Graded, Grader, Step, Stuck
from graders.proctor import FAILED, GRADER_ERROR, PASSED, load_kata, read_submission
from graders.tests.plugin.project import (
    BAD_SUITE,
    SEQUENTIAL,
    SOLUTION,
    suite_file,
    use_suites,
)

ENDLESS = SOLUTION.replace("    try:", "    while True:\n        pass\n    try:")


@pytest.fixture
def grader(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grader]:
    use_suites(monkeypatch, project / "suites")
    with closing(Grader(in_the_way=0.0)) as made:
        yield made


def _order(grader: Grader, app: Path, text: str) -> None:
    app.write_text(text, encoding="utf-8")
    grader.order(load_kata(app.parent), read_submission(app))


def _outcome(grader: Grader) -> Graded | Stuck:
    while True:
        for said in grader.receive():
            if not isinstance(said, Step):
                return said
            assert said.done <= said.checks


def _begun(grader: Grader) -> None:
    while not grader.receive():
        pass


def test_one_after_the_other(grader: Grader, app: Path) -> None:
    _order(grader, app, SEQUENTIAL)
    first = _outcome(grader)
    assert isinstance(first, Graded)
    assert first.verdict.status == FAILED
    assert "boiling" in first.printed["test_tea_and_toast_come_together"]
    _order(grader, app, SOLUTION)
    second = _outcome(grader)
    assert isinstance(second, Graded)
    assert second.verdict.status == PASSED


def test_an_endless_one_is_ended_for_a_newer_one(grader: Grader, app: Path) -> None:
    _order(grader, app, ENDLESS)
    _begun(grader)
    _order(grader, app, SOLUTION)
    outcome = _outcome(grader)
    assert isinstance(outcome, Graded)
    assert outcome.verdict.status == PASSED


def test_what_has_been_in_the_way_for_long_is_ended_then(
    grader: Grader, app: Path
) -> None:
    now = 0.0
    with closing(Grader(in_the_way=5.0, now=lambda: now)) as patient:
        _order(patient, app, ENDLESS)
        _begun(patient)
        patience = [patient.patience]
        now = 2.0
        _order(patient, app, SOLUTION)
        wires = patient.wires
        patience.append(patient.patience)
        assert patient.receive(timeout=0) == []
        assert patient.wires == wires
        now = 5.5
        patience.append(patient.patience)
        assert patient.receive(timeout=0) == []
        assert patient.wires != wires
        patience.append(patient.patience)
        assert patience == [None, 3.0, 0.0, None]
        outcome = _outcome(patient)
    assert isinstance(outcome, Graded)
    assert outcome.verdict.status == PASSED


def test_a_process_that_is_gone_is_said_and_started_anew(
    grader: Grader, app: Path
) -> None:
    _order(grader, app, ENDLESS)
    _begun(grader)
    os.kill(grader._pool.pids[0], signal.SIGKILL)
    outcome = _outcome(grader)
    assert outcome == Stuck("The process that graded it ended (signal 9).")
    assert grader.wires == []
    _order(grader, app, SOLUTION)
    assert isinstance(_outcome(grader), Graded)


def test_the_fault_of_a_suite_is_no_end(
    grader: Grader, app: Path, project: Path
) -> None:
    suite = suite_file(project)
    suite.write_text(BAD_SUITE, encoding="utf-8")
    _order(grader, app, SOLUTION)
    outcome = _outcome(grader)
    assert isinstance(outcome, Graded)
    assert outcome.verdict.status == GRADER_ERROR

"""`kata grade` as a whole, on a class of its own."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from graders.cli import application
from graders.proctor import Verdict
from graders.reports.formats import read_verdict
from graders.settings import cores
from graders.tests.plugin.project import (
    BAD_SUITE,
    BROKEN,
    SEQUENTIAL,
    SLUG,
    SOLUTION,
    suite_file,
)

CLASS = {
    "ann/app.py": SOLUTION,
    "ben/app.py": SEQUENTIAL,
    "ben/conftest.py": "import nothing\n",
    "cleo.py": BROKEN,
    "dan/app.py": "import os\nos._exit(0)\n",
    "eli/app.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n",
    "fay/app.py": SOLUTION,
    "gil/main.py": SOLUTION,
    "=HYPER\nLINK/app.py": BROKEN,
}
STATUSES = {
    "ann": "passed",
    "ben": "failed",
    "cleo": "not loaded",
    "dan": "crashed",
    "eli": "timed out",
    "fay": "passed",
    "gil": "not loaded",
    "=HYPER\\nLINK": "not loaded",
}


@pytest.fixture
def handed_in(tmp_path: Path, tea_room: Path) -> Path:
    root = tmp_path / "class"
    for name, text in CLASS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def grade(*arguments: str | Path) -> Result:
    # The walls depend on the machine, the rest of the outcome does not.
    given = ["grade", *map(str, arguments), "--sandbox", "auto"]
    return CliRunner().invoke(application, given)


def verdicts(out: Path) -> dict[str, Verdict]:
    found = [read_verdict(path) for path in (out / "verdicts").rglob("*.json")]
    return {verdict.learner: verdict for verdict in found}


def test_a_class_is_graded_once_and_nobody_is_lost(
    tmp_path: Path, handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    options = ["--kata", SLUG, "--out", str(out), "-j", "2"]
    options += ["--format", "junit", "--format", "json", "--feedback", "titles"]
    result = grade(handed_in, *options)

    assert result.exit_code == 1, result.output
    assert "\n       2  passed\n       3  not loaded\n" in result.output
    found = verdicts(out)
    assert {name: one.status for name, one in found.items()} == STATUSES
    for name, one in found.items():
        assert (one.points, len(one.results)) == (8, 5)
        assert one.score == {"ann": 8, "fay": 8, "ben": 5}.get(name, 0)
        assert str(tmp_path) not in msgspec.json.encode(one).decode()
    assert found["ann"].timeless == msgspec.structs.replace(
        found["fay"], learner="ann", duration=0.0
    )
    assert found["ben"].notes == ["conftest.py is not used for grading."]
    assert found["gil"].reason == (
        "No app.py was found in what was handed in (there is main.py)."
    )

    with (out / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(CLASS) - 1
    assert {row["learner"]: row["score"] for row in rows}["ben"] == "5"
    assert not any(row["learner"].startswith("=") for row in rows)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["statuses"]["passed"] == 2
    assert summary["mean"] == round(21 / 8 / 8, 4)
    assert summary["noted"] == []
    page = (out / "overview.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "ann" in page

    # What learners get says less than what the instructor keeps.
    seen = read_verdict(out / "reports/ben/verdict.json")
    assert seen.score == 5
    assert not any(one.findings for one in seen.results)
    assert any(one.findings for one in found["ben"].results)
    assert (out / "reports/ben/junit.xml").is_file()

    # From here on nothing can be graded, and nothing has to be.
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (out / "verdicts/ann.json").unlink()
    (out / "verdicts/ben.json").write_text("{")
    again = grade(handed_in, *options)
    assert again.exit_code == 1
    assert again.output == result.output
    assert verdicts(out) == found
    assert not list(out.rglob("*.part"))


@pytest.mark.parametrize("by_kata", [False, True])
def test_who_has_withdrawn_is_in_no_report_and_may_return(
    tmp_path: Path, tea_room: Path, by_kata: bool
) -> None:
    root, out = tmp_path / "class", tmp_path / "out"
    if by_kata:
        other = tea_room.parent / "other"
        other.mkdir()
        (other / "kata.toml").write_text((tea_room / "kata.toml").read_text())
        (other / "given.py").write_text("")
    options = ["--out", str(out), "-j", "1", "--format", "csv"]
    options += [] if by_kata else ["--kata", SLUG]
    for name in ("ann", "zoë"):
        (root / name / SLUG).mkdir(parents=True)
        (root / name / SLUG / "app.py").write_text(BROKEN)
    assert grade(root, *options).exit_code == 1
    everything = {path: path.read_bytes() for path in _results(out)}

    (root / "zoë").rename(tmp_path / "zoë")
    said = grade(root, *options)
    assert said.exit_code == 1
    verdict = f"zoë/{SLUG}.json" if by_kata else "zoë.json"
    expected = (
        f"Graded before and not handed in this time, so moved to withdrawn/: {verdict}"
    )
    assert expected in " ".join(said.output.split())
    paths = [str(path) for path in (out / "verdicts").rglob("*.json")]
    told = CliRunner().invoke(application, ["report", *paths, "--format", "csv"])
    assert "ann" in told.output
    assert "zoë" not in told.output
    apart = {
        path.relative_to(out / "withdrawn") for path in _results(out / "withdrawn")
    }
    assert apart == {path.relative_to(out) for path in everything if "zoë" in str(path)}
    assert "moved" not in grade(root, *options).output

    (tmp_path / "zoë").rename(root / "zoë")
    assert grade(root, *options).exit_code == 1
    assert {path: path.read_bytes() for path in _results(out)} == everything
    assert not list(_results(out / "withdrawn"))


def _results(out: Path) -> list[Path]:
    folders = (out / "verdicts", out / "reports")
    return [path for one in folders for path in one.rglob("*") if path.is_file()]


def test_a_fault_of_the_suite_is_exit_code_3_and_is_not_kept(
    tmp_path: Path, tea_room: Path
) -> None:
    (tmp_path / "ann.py").write_text(SOLUTION)
    suite = suite_file(tmp_path / "project")
    good = suite.read_text()
    options = (tmp_path / "ann.py", "--kata", SLUG, "--out", tmp_path / "out")
    suite.write_text(BAD_SUITE)
    result = grade(*options)
    assert result.exit_code == 3
    assert "The grader failed, nothing was counted:\n  ann: tea_room\n" in result.output
    suite.write_text(good)
    assert grade(*options).exit_code == 0


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [((), "not loaded", 1), (("--reach", "note"), "passed", 0)],
    ids=["as it is", "noted"],
)
def test_code_that_reaches_for_the_grader_is_shown_to_a_person(
    tmp_path: Path, tea_room: Path, options: tuple[str, ...], status: str, code: int
) -> None:
    (tmp_path / "ann.py").write_text("import ctypes\n" + SOLUTION)
    out = tmp_path / "out"
    result = grade(tmp_path / "ann.py", "--kata", SLUG, "--out", out, *options)
    assert result.exit_code == code
    assert verdicts(out)["ann"].status == status
    assert (
        "Reach for the grader, a person should look:\n  ann: tea_room\n"
        in result.output
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("gone",), "There is no file or folder 'gone': check the path."),
        ((".", "--kata", "tea_rom"), "There is no kata 'tea_rom'. Did you mean"),
        ((".", "--layout", "x"), "--layout 'x' cannot be used: {learner} must"),
        ((".", "--sandbox", "x"), "--sandbox 'x' is unknown: give auto or full"),
        ((".", "--reach", "x"), "--reach 'x' is unknown: give refuse or note"),
        ((".", "--format", "x"), "--format 'x' is unknown: give json or"),
        ((".", "--feedback", "x"), "--feedback 'x' is unknown: give full or"),
        ((".", "--seed", "x"), "--seed 'x' is not a whole number"),
        (("empty",), "There is no submission in 'empty': 'kata grade --help'"),
    ],
)
def test_a_bad_value_is_exit_code_2_and_one_sentence(
    tmp_path: Path,
    tea_room: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(application, ["grade", *arguments, "--out", "out"])
    assert result.exit_code == 2
    assert result.output.startswith(f"ERROR: {sentence}")
    assert "Traceback" not in result.output


def test_two_batches_do_not_share_a_folder(tmp_path: Path, handed_in: Path) -> None:
    import fcntl

    out = tmp_path / "out"
    out.mkdir()
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = grade(handed_in, "--kata", SLUG, "--out", out)
    assert result.exit_code == 2
    assert "Another 'kata grade' is writing to" in result.output


def test_a_result_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, tea_room: Path
) -> None:
    (tmp_path / "class/ann").mkdir(parents=True)
    out = tmp_path / "out"
    out.mkdir()
    (out / "verdicts").touch()
    result = grade(tmp_path / "class", "--kata", SLUG, "--out", out)
    assert result.exit_code == 2
    assert "verdicts/ann.json' cannot be written (" in result.output.replace("\n", "")


def test_there_are_as_many_processes_as_cores_that_may_be_used() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import graders
import graders.suites
from graders.cli import application, main
from graders.proctor.katas import kata as kata_module
from graders.tests.plugin.project import (
    BAD_SUITE,
    BROKEN,
    SEQUENTIAL,
    SLUG,
    SOLUTION,
    make_project,
    suite_file,
    use_suites,
)


@pytest.fixture
def kata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own that the command works in."""
    folder = make_project(tmp_path)
    monkeypatch.setattr(kata_module, "KATAS", tmp_path / "katas")
    use_suites(monkeypatch, tmp_path / "suites")
    return folder


def _kata_command(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def test_the_installed_command_is_this_one() -> None:
    (command,) = entry_points(group="console_scripts", name="kata")
    assert command.load() is main


def test_version() -> None:
    assert _kata_command("--version").output == f"kata {graders.__version__}\n"


@pytest.mark.usefixtures("kata")
def test_the_stub_fails_with_exit_code_1() -> None:
    result = _kata_command("run", SLUG)
    assert result.exit_code == 1
    assert "  tea_room     0/8  failed   seed 1\n" in result.output


@pytest.mark.usefixtures("kata")
def test_a_solution_elsewhere_passes_with_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOLUTION)
    result = _kata_command("run", SLUG, "--submission", str(tmp_path / "mine.py"))
    assert result.exit_code == 0
    assert (
        "ok      Tea and toast are made at the same time    concurrency 3/3\n"
        in result.output
    )
    assert "  tea_room     8/8   seed 1\n" in result.output


def test_nothing_that_a_submission_prints_steers_the_terminal(kata: Path) -> None:
    (kata / "app.py").write_text(SEQUENTIAL)
    result = _kata_command("run", SLUG, "--seed", "7")
    assert result.exit_code == 1
    assert (
        "--- printed during: Tea and toast are made at the same time" in result.output
    )
    assert "[bold]boiling\\x1b[31m water[/bold]\n" in result.output
    assert "\x1b" not in result.output
    assert "seed 7" in result.output


def test_what_cannot_be_loaded_is_one_line(kata: Path) -> None:
    (kata / "app.py").write_text(BROKEN)
    result = _kata_command("run", SLUG)
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == (
        "NOT LOADED  app.py:3: invalid syntax `def broken(:`"
    )
    assert "FAILED" not in result.output


@pytest.mark.usefixtures("kata")
def test_the_fault_of_a_suite_is_exit_code_3(tmp_path: Path) -> None:
    suite = suite_file(tmp_path)
    suite.write_text(BAD_SUITE)
    result = _kata_command("run", SLUG)
    assert result.exit_code == 3
    assert "The grader failed, not your code." in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nope",), "There is no kata 'nope'. See 'kata list'."),
        (("tea_rom",), "There is no kata 'tea_rom'. Did you mean 'tea_room'?"),
        (("../katas",), "There is no kata '../katas'. See 'kata list'."),
        (
            (SLUG, "--submission", "[red]gone"),
            "There is no file or folder '[red]gone': check the path.",
        ),
        ((SLUG, "--clock", "x"), "--clock 'x' is unknown: give virtual or real."),
        (
            (SLUG, "--seed", "-1"),
            "--seed '-1' is not a whole number of 1 to 18 digits: give one, as in "
            "--seed 7.",
        ),
    ],
)
@pytest.mark.usefixtures("kata")
def test_a_bad_value_is_exit_code_2_and_one_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    result = _kata_command("run", *arguments)
    assert result.exit_code == 2
    assert result.output == f"ERROR: {sentence}\n"

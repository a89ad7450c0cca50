from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graders.cli import application
from graders.practice import Notebook, _stubs
from graders.proctor import PASSED, Verdict
from graders.proctor import Result as Checked
from graders.proctor.katas import kata
from graders.tests.plugin.project import SLUG, SOLUTION, use_suites
from graders.tests.practice.conftest import OTHER

HINTS = [
    "hint 1 of 3  Which comes first?\n",
    "hint 2 of 3  Who waits for whom?\n",
    "hint 3 of 3  Could both be on their way?\n",
]


@pytest.fixture(autouse=True)
def _at_work_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kata, "KATAS", project / "katas")
    monkeypatch.setattr(_stubs, "STUBS", project / "stubs")
    use_suites(monkeypatch, project / "suites")


def _command(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def _pass(slug: str) -> None:
    result = Checked("test_x", "It works.", "errors", 8, PASSED)
    Notebook().graded(Verdict(slug, PASSED, "1", [result]))


def test_list_shows_levels_and_progress() -> None:
    _pass(SLUG)
    Notebook().hinted(OTHER, 1)
    assert _command("list").output.splitlines() == [
        "first steps",
        "  ✓  1  tea_room        8/8   10 min  The tea room",
        "",
        "core",
        "  ·  2  coffee_bar            10 min  [red]Coffee[/red]",
        "",
        "1 of 2 done   next: kata watch coffee_bar",
    ]


def test_a_run_is_kept_in_the_list(app: Path) -> None:
    app.write_text(SOLUTION, encoding="utf-8")
    _command("run", SLUG)
    assert "✓  1  tea_room        8/8" in _command("list").output


def test_a_run_of_somebody_elses_is_not_kept(tmp_path: Path, home: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(SOLUTION, encoding="utf-8")
    _command("run", SLUG, "--submission", str(other))
    assert not home.exists()


def test_a_damaged_file_is_told_and_the_list_is_shown(home: Path) -> None:
    home.mkdir()
    (home / "progress.json").write_text("{")
    result = _command("list")
    assert result.exit_code == 0
    assert "0 of 2 done" in result.stdout
    assert result.stderr.startswith("Your progress could not be read (")


def test_hints_come_one_by_one() -> None:
    for shown in (1, 2, 3, 3):
        output = _command("hint", SLUG).output
        assert output.startswith("".join(HINTS[:shown]))
        assert output.count("hint ") - output.count("kata hint ") == shown
        assert ("once more shows the next one" in output) == (shown < 3)


def test_hints_again_shows_no_new_one() -> None:
    assert _command("hint", SLUG, "--again").output == (
        "You have seen none yet: 'kata hint tea_room' shows the first.\n"
    )
    _command("hint", SLUG)
    assert _command("hint", SLUG, "--again").output.startswith(HINTS[0])
    assert Notebook().read().of(SLUG).hints == 1
    assert _command("hint", SLUG, "--all").output == "".join(HINTS)


def test_the_solution_is_shown_after_full_marks_or_on_insistence() -> None:
    early = _command("show", SLUG)
    assert early.exit_code == 2
    assert "You do not have full marks for tea_room yet" in early.output
    assert _command("show", SLUG, "--anyway").output == SOLUTION.lstrip()
    _pass(SLUG)
    assert _command("show", SLUG).output == SOLUTION.lstrip()


def test_a_solution_that_is_not_installed_is_one_sentence() -> None:
    result = _command("show", OTHER, "--anyway")
    assert result.exit_code == 2
    assert result.output.startswith(
        "ERROR: The reference solution of coffee_bar is not installed here."
    )


def test_reset_says_where_it_keeps_what_was_written(app: Path) -> None:
    stub = app.read_bytes()
    app.write_text(SOLUTION, encoding="utf-8")
    assert _command("reset", SLUG).output == (
        "app.py is the stub again. What you wrote is kept as app.py.bak-1.\n"
    )
    assert app.read_bytes() == stub
    assert _command("reset", OTHER).exit_code == 2


def test_watch_says_that_it_needs_a_terminal() -> None:
    result = _command("watch")
    assert result.exit_code == 2
    assert result.output == (
        "ERROR: kata watch needs a terminal, for its screen and its keys. "
        "'kata run tea_room' grades anywhere.\n"
    )


@pytest.mark.parametrize("command", ["watch", "hint", "reset", "show"])
def test_a_kata_that_is_not_there_is_one_sentence(command: str) -> None:
    result = _command(command, "tea_rom")
    assert result.exit_code == 2
    assert result.output == (
        "ERROR: There is no kata 'tea_rom'. Did you mean 'tea_room'?\n"
    )

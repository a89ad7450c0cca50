from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graders.authoring import _commands
from graders.cli import application
from graders.settings import cores
from graders.tests.authoring.tea_house import REJECTED
from graders.tests.plugin.project import SLUG, SOLUTION, STUB

pytestmark = pytest.mark.usefixtures("few_nulls")


def _verify(*arguments: str) -> Result:
    return CliRunner().invoke(application, ("verify", "-j", "1", *arguments))


def _told(result: Result) -> str:
    """The output with its lines joined, as a reader takes it in."""
    return " ".join(result.output.split())


@pytest.mark.usefixtures("kata")
def test_a_complete_kata_is_well_and_its_matrix_is_shown() -> None:
    result = _verify(SLUG)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[:8] == [
        "tea_room  3 accepted, 5 rejected, 2 checks of its own",
        "",
        "                                       1  2  3  4  5",
        "concurrency__a_list_of_awaits          ●  ·  ·  ·  ·",
        "concurrency__awaits_the_task_at_once   ●  ·  ·  ·  ·",
        "concurrency__one_after_the_other       ●  ·  ·  ·  ·",
        "errors__catches_another_error          ·  ●  ·  ·  ·",
        "errors__no_tea_is_404                  ·  ●  ·  ·  ·",
    ]
    assert "   1 concurrency      3      3   Tea and toast" in result.output
    assert result.output.endswith("1 kata, 14 submissions graded: all is well\n")


@pytest.mark.usefixtures("kata")
def test_several_processes_that_repeat_say_the_same() -> None:
    result = _verify(SLUG, "-j", "2", "--repeat", "2")
    assert result.exit_code == 0, result.output
    assert "errors__no_tea_is_404                  ·  ●  ·  ·  ·\n" in result.output
    assert result.output.endswith("14 submissions graded 2 times: all is well\n")


def test_load_keeps_twice_as_many_processes_busy_as_there_are_cores(
    suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def burn(processes: int) -> AbstractContextManager[None]:
        started.append(processes)
        return nullcontext()

    monkeypatch.setattr(_commands, "burning", burn)
    suite.unlink()
    assert _verify(SLUG, "--load").exit_code == 1
    assert started == [2 * cores()]


def test_what_is_judged_wrongly_is_told(kata: Path, reference: Path) -> None:
    (kata / "app.py").write_text(STUB.replace("app = FastAPI()", "import os.nothing"))
    sequential = REJECTED["concurrency__one_after_the_other"]
    (reference / "accepted" / "in_turn.py").write_text(sequential)
    (reference / "rejected" / "errors__none.py").write_text(SOLUTION)
    (reference / "rejected" / "blocking__in_turn.py").write_text(
        sequential.replace("print", "repr")
    )
    result = _verify(SLUG)
    told = _told(result)
    assert result.exit_code == 1
    assert "katas/tea_room/app.py ✗ Expected the verdict 'failed', got 'not" in told
    assert (
        "reference/tea_room/accepted/in_turn.py ✗ A right solution lost: "
        "test_tea_and_toast_come_together (concurrency). "
        "test_tea_and_toast_come_together: expected 3 s, saw 5 s." in told
    )
    assert "rejected/errors__none.py ✗ Expected the verdict 'failed', got 'p" in told
    assert (
        "rejected/blocking__in_turn.py ✗ Blocking did not fail; these did: "
        "test_tea_and_toast_come_together (concurrency)." in told
    )
    assert result.output.endswith("17 submissions graded: 4 problems\n")


def test_a_check_that_nothing_is_enough_for_is_one_problem(suite: Path) -> None:
    suite.write_text(
        suite.read_text()
        + """

@check("errors", points=2, hint="Who is there?")
async def test_lunch_is_unknown(exam: Exam) -> None:
    \"\"\"Nobody knows of lunch.\"\"\"
    exam.expect_status(await exam.get("/lunch"), 404)
"""
    )
    result = _verify(SLUG)
    told = _told(result)
    assert result.exit_code == 1
    assert (
        "test_lunch_is_unknown ✗ It gives points to what does nothing (stub, empty). "
        "Mark such a check with guard=True, or let it expect some work as well. ✗ It "
        "has never caught anything" in told
    )

    suite.write_text(
        suite.read_text().replace('"Who is there?")', '"Who is there?", guard=True)')
    )
    sys.modules.pop(f"graders.suites.{SLUG}")
    told = _told(_verify(SLUG))
    assert "what does nothing" not in told
    assert "It has never caught anything" in told


def test_all_katas_show_what_no_kata_ever_fails(katas: Path) -> None:
    (katas.parent / "reference" / "coffee_bar").mkdir()
    (katas.parent / "suites" / "milk_bar").mkdir()
    (katas / "ice_bar").mkdir()
    result = _verify()
    told = _told(result)
    assert result.exit_code == 1
    assert "katas/ice_bar ✗ 'ice_bar' is no kata" in told
    assert "reference/coffee_bar ✗ There is no kata 'coffee_bar'" in told
    assert "suites/milk_bar ✗ There is no kata 'milk_bar'" in told
    for name in (
        "nothing_stops_the_event_loop",
        "every_coroutine_is_awaited",
        "nothing_is_left_behind",
    ):
        assert f"{name} ✗ It has never caught anything, in any kata." in told
    assert result.output.endswith("2 katas, 14 submissions graded: 6 problems\n")


def test_a_suite_that_cannot_be_imported_is_one_problem(
    suite: Path, kata: Path
) -> None:
    suite.write_text("import nothing_of_that_name\n")
    result = _verify(SLUG)
    assert result.exit_code == 1
    assert (
        "✗ It cannot be imported: ModuleNotFoundError: No module named "
        "'nothing_of_that_name'" in _told(result)
    )
    assert result.output.endswith("0 submissions graded: 1 problem\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tea_rom",), "There is no kata 'tea_rom'. Did you mean 'tea_room'?"),
        (
            ("--seed", "x"),
            "--seed 'x' is not a whole number of 1 to 18 digits: give one, as in "
            "--seed 7.",
        ),
    ],
)
@pytest.mark.usefixtures("kata")
def test_a_bad_value_is_exit_code_2(arguments: tuple[str, ...], sentence: str) -> None:
    result = _verify(*arguments)
    assert (result.exit_code, result.output) == (2, f"ERROR: {sentence}\n")

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graders.authoring import Plan, Verification
from graders.cli import application
from graders.proctor import PASSED


def _new(slug: str) -> Result:
    return CliRunner().invoke(application, ("new", slug))


def test_a_new_kata_lacks_only_what_its_author_must_write(katas: Path) -> None:
    result = _new("return_desk")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "katas/return_desk/README.md"
    (report,) = Verification(katas, ["return_desk"]).reports(Plan())
    stub, solution, *nulls = report.judged
    assert (stub.verdict.status, solution.verdict.status) == ("failed", PASSED)
    assert len(nulls) > 20
    assert [one.verdict.score for one in (stub, *nulls)] == [0] * (len(nulls) + 1)
    others = [
        problem.text
        for problem in report.problems
        if "to do:" not in problem.text
        and "must hold" not in problem.text
        and "It has never caught" not in problem.text
    ]
    assert others == []
    placed = {problem.place for problem in report.problems}
    written = result.output.split("\n\n")[0].splitlines()
    assert set(written) <= placed


def test_a_new_kata_comes_last(katas: Path) -> None:
    _new("return_desk")
    manifest = (katas / "return_desk" / "kata.toml").read_text()
    assert 'title = "Return desk"\norder = 2\n' in manifest


@pytest.mark.parametrize("slug", ["Bad", "two__words", "1st", "a/b", "", "x" * 41])
@pytest.mark.usefixtures("katas")
def test_a_bad_name_is_exit_code_2_and_one_sentence(slug: str) -> None:
    result = _new(slug)
    assert result.exit_code == 2
    assert result.output == (
        f"ERROR: {slug!r} is no name for a kata: use at most 40 lower case letters and "
        "digits, with single underscores between words, as in gather_the_dashboard.\n"
    )


@pytest.mark.usefixtures("katas")
def test_a_word_of_python_is_no_name() -> None:
    assert _new("class").output.startswith("ERROR: 'class' is a word of Python")


def test_nothing_that_exists_is_overwritten(katas: Path) -> None:
    (katas.parent / "reference" / "return_desk").mkdir()
    result = _new("return_desk")
    assert result.exit_code == 2
    assert result.output == (
        "ERROR: reference/return_desk exists already: choose another name, or remove "
        "it.\n"
    )
    assert not (katas / "return_desk").exists()

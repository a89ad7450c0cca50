from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graders.authoring import _survivors, mutants, odd_answers
from graders.cli import application
from graders.proctor import Kata, all_katas
from graders.tests.plugin.project import SLUG, SOLUTION, SUITE

PROGRAM = '''
"""A text that says what it is about."""
import asyncio

LIMIT = 2.0


async def get(first, second):
    """Not a statement to leave out."""
    async with asyncio.timeout(LIMIT) as limit, first:
        try:
            found = await asyncio.gather(first.read(), second.do(n=1))
        finally:
            await first.close()
    if limit.when() < 5:
        return found
    return await asyncio.gather(*(one() for one in first))
'''

CHANGES = [
    (5, "leaves out `LIMIT = 2.0`"),
    (5, "`2.0` is `3.0`"),
    (5, "`2.0` is `4.0`"),
    (8, "leaves out `async def get(first, second)`"),
    (10, "leaves out `async with asyncio.timeout(LIMIT) as limit, first`"),
    (10, "takes the body out of `async with asyncio.timeout(LIMIT) as limit, first`"),
    (11, "leaves out `try`"),
    (11, "leaves out `finally: await first.close()`"),
    (12, "leaves out `found = await asyncio.gather(first.read(), second.do(n=1))`"),
    (12, "does not await `asyncio.gather(first.read(), second.do(n=1))`"),
    (
        12,
        "awaits one after the other in `asyncio.gather(first.read(), second.do(n=1))`",
    ),
    (12, "leaves out `n=` in `second.do(n=1)`"),
    (12, "`1` is `2`"),
    (14, "leaves out `await first.close()`"),
    (14, "does not await `first.close()`"),
    (15, "leaves out `if limit.when() < 5`"),
    (15, "turns `limit.when() < 5` round"),
    (15, "`limit.when() < 5` is `limit.when() <= 5`"),
    (15, "`5` is `6`"),
    (15, "`5` is `10`"),
    (16, "leaves out `return found`"),
    (17, "leaves out `return await asyncio.gather(*(one() for one in first))`"),
    (17, "does not await `asyncio.gather(*(one() for one in first))`"),
    (
        17,
        "awaits one after the other in `asyncio.gather(*(one() for one in first))`",
    ),
]


def test_every_small_change_is_made_once() -> None:
    made = mutants(PROGRAM)
    assert sorted((one.line, one.change) for one in made) == sorted(CHANGES)
    assert len({one.source for one in made}) == len(made)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (CHANGES[5][1], "    limit = asyncio.timeout(LIMIT)\n    try:\n"),
        (CHANGES[7][1], ")\n        await first.close()"),
        (CHANGES[9][1], "found = asyncio.gather(first.read()"),
        (CHANGES[10][1], "found = [await first.read(), await second.do(n=1)]"),
        (CHANGES[11][1], "second.do())"),
        (CHANGES[16][1], "if not limit.when() < 5:"),
        (CHANGES[20][1], "    if limit.when() < 5:\n        pass\n"),
        (CHANGES[23][1], "return [await one() for one in first]"),
    ],
)
def test_a_change_is_what_it_says(change: str, code: str) -> None:
    (made,) = [one for one in mutants(PROGRAM) if one.change == change]
    # What is left of a `try` without its last clause is its body.
    wanted = code if change != CHANGES[7][1] else "n=1))\n    if limit"
    assert wanted in made.source


@pytest.mark.parametrize(
    ("test", "changes"),
    [
        ("x is None", ["`x is None` is `not x`"]),
        ("x is not None", ["`x is not None` is `x`"]),
        ("x is True", []),
        ("x == None", []),
        # What is compared with more than one thing is left as it is.
        ("x is None is y", []),
    ],
)
def test_what_is_false_is_taken_for_what_is_none(test: str, changes: list[str]) -> None:
    made = [one.change for one in mutants(f"y = {test}\n")]
    assert [change for change in made if " is `" in change] == changes


@pytest.mark.parametrize("kata", all_katas(), ids=lambda kata: kata.slug)
def test_whatever_is_made_of_a_solution_is_a_program(kata: Kata) -> None:
    source = kata.solution.read_text(encoding="utf-8")
    made = mutants(source)
    assert len(made) > 10
    for one in made:
        compile(one.source, "app.py", "exec")
    for text in odd_answers(source).values():
        compile(text, "app.py", "exec")


def _verify(*arguments: str) -> Result:
    return CliRunner().invoke(
        application, ("verify", "--mutants", "-j", "1", *arguments)
    )


def _told(result: Result) -> str:
    return " ".join(result.output.split())


_UNUSED = "leaves out `UNUSED = 'nothing'`"


@pytest.fixture
def unused(reference: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reference, with a line in its solution that nothing depends on."""
    solution = reference / "solution.py"
    solution.write_text(SOLUTION + "\n\nUNUSED = 'nothing'\n")
    # All of them are tried on the real katas.
    monkeypatch.setattr(_survivors, "odd_answers", _one_odd_answer)
    monkeypatch.setattr(_survivors, "overlaps", lambda source: [])
    monkeypatch.setattr(_survivors, "habits", lambda source, services: [])
    return reference


def _one_odd_answer(solution: str) -> dict[str, str]:
    return {"a number": odd_answers(solution)["a number"]}


@pytest.mark.usefixtures("unused")
def test_what_survives_is_shown_with_its_line() -> None:
    result = _verify(SLUG)
    assert result.exit_code == 1, result.output
    told = _told(result)
    assert "1 odd answers: 1 survive, 0 are known as right, 0 surprise" in told
    assert f"  ~ line 18 {_UNUSED}\n" in result.output
    assert told.endswith("1 mutants survive, 0 surprise a suite, 0 errors")


def test_a_survivor_that_is_explained_is_counted_only(unused: Path) -> None:
    (unused / "mutants.toml").write_text(f'"{_UNUSED}" = "Nobody sees it."\n')
    result = _verify(SLUG)
    assert result.exit_code == 0, result.output
    told = _told(result)
    assert "0 survive, 1 are known as right" in told
    assert _UNUSED not in told


def test_a_star_in_an_explanation_stands_for_any_text(unused: Path) -> None:
    (unused / "mutants.toml").write_text("'leaves out `UNUSED*`' = 'Nobody sees it.'\n")
    result = _verify(SLUG)
    assert result.exit_code == 0, result.output
    assert "0 survive, 1 are known as right" in _told(result)


@pytest.mark.parametrize(
    ("change", "known", "matches"),
    [
        ("calls `a` (b)", "calls `a` (b)", True),
        ("calls `a` (b)", "calls `*` (b)", True),
        ("calls `a` (b)", "calls `a`", False),
        ("calls `a` (b)", "*`a`*", True),
        # Nothing else has a meaning.
        ("calls `a` (b)", "calls `.` (b)", False),
        ("calls `a` (b)", "calls `[a]` (b)", False),
    ],
)
def test_nothing_but_a_star_has_a_meaning(
    change: str, known: str, matches: bool
) -> None:
    assert _survivors._matches(change, known) is matches


def test_an_explanation_of_no_mutant_is_to_be_removed(unused: Path) -> None:
    (unused / "mutants.toml").write_text("'leaves out `nothing`' = 'Why not.'\n")
    result = _verify(SLUG)
    assert result.exit_code == 1
    assert "No mutant 'leaves out `nothing`' is made any more: remove it." in _told(
        result
    )


def test_explanations_that_are_no_texts_are_refused(reference: Path) -> None:
    (reference / "mutants.toml").write_text("change = 5\n")
    result = _verify(SLUG)
    assert result.exit_code == 2
    assert "reference/tea_room/mutants.toml" in _told(result)


@pytest.mark.usefixtures("unused")
def test_a_suite_that_loses_its_head_is_shown_with_the_place(suite: Path) -> None:
    line = "    exam.expect_status(reply, 200)\n"
    assert line in SUITE
    suite.write_text(SUITE.replace(line, f"{line}    reply.json()[0].upper()\n", 1))
    told = _told(_verify(SLUG))
    assert "answers a number ✗ test_tea_and_toast_come_together did not expect" in told
    assert f"({SLUG}/__init__.py:" in told
    assert told.endswith("0 errors")

from __future__ import annotations

from pathlib import Path

import pytest

from graders.authoring._files import file_problems
from graders.authoring._manifests import manifest_problems
from graders.proctor import load_kata, load_suite
from graders.tests.plugin.project import GIVEN, SOLUTION


def _of_files(kata: Path, suite: Path) -> list[str]:
    found = file_problems(load_kata(kata), suite.parent)
    return [f"{problem.place}: {problem.text}" for problem in found]


def _of_manifest(kata: Path, *others: Path) -> list[str]:
    loaded = load_kata(kata)
    found = manifest_problems(loaded, load_suite(loaded), map(load_kata, others))
    return [problem.text for problem in found]


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_complete_kata_has_no_problems(kata: Path, suite: Path) -> None:
    assert _of_files(kata, suite) == []
    assert _of_manifest(kata, kata) == []


@pytest.mark.parametrize("name", ["README.md", "app.py", "given.py", "test_example.py"])
def test_a_missing_file_is_told(kata: Path, suite: Path, name: str) -> None:
    (kata / name).unlink()
    assert _of_files(kata, suite) == [
        f"katas/tea_room/{name}: It is missing: write it."
    ]


def test_files_that_no_kata_has_are_told(
    kata: Path, suite: Path, reference: Path
) -> None:
    (kata / "notes.txt").touch()
    (kata / "__pycache__").mkdir()
    (kata / "__pycache__" / "app.pyc").touch()
    (reference / "rejected" / "old").mkdir()
    (reference / "rejected" / "old" / "errors__none.py").touch()
    assert [one.partition(":")[0] for one in _of_files(kata, suite)] == [
        "katas/tea_room/notes.txt",
        "reference/tea_room/rejected/old/errors__none.py",
    ]


def test_a_placeholder_is_a_to_do(kata: Path, suite: Path) -> None:
    (kata / "given.py").write_text("# TODO(author): the kettle.\n" + GIVEN)
    assert _of_files(kata, suite) == [
        "katas/tea_room/given.py: line 1, to do: the kettle."
    ]


def test_a_stub_may_tell_the_learner_what_to_do(kata: Path, suite: Path) -> None:
    _edit(kata / "app.py", "    raise", "    # TODO: brew the tea.\n    raise")
    assert _of_files(kata, suite) == []


def test_too_few_exhibits_are_told(kata: Path, suite: Path, reference: Path) -> None:
    (reference / "accepted" / "with_create_task.py").unlink()
    (reference / "rejected" / "errors__no_tea_is_404.py").unlink()
    assert _of_files(kata, suite) == [
        "reference/tea_room/accepted: It holds 2 submissions, and must hold 3: write "
        "<style>.py.",
        "reference/tea_room/rejected: It holds 4 submissions, and must hold 5: write "
        "<category>__<mistake>.py.",
    ]


def test_the_same_program_in_other_words_is_no_other_style(
    kata: Path, suite: Path, reference: Path
) -> None:
    renamed = SOLUTION.replace("breakfast()", "serve()").replace(
        "    try:", '    """Both at once."""\n    # At once.\n    try:'
    )
    (reference / "accepted" / "another.py").write_text(
        renamed.replace("There is no tea", "Sorry")
    )
    (problem,) = _of_files(kata, suite)
    assert problem.startswith(
        "reference/tea_room/accepted/another.py: It is solution.py in other words "
    )


def test_mistakes_that_differ_in_one_word_are_two(
    kata: Path, suite: Path, reference: Path
) -> None:
    rejected = reference / "rejected"
    first = (rejected / "errors__no_tea_is_404.py").read_text()
    (rejected / "errors__no_tea_is_410.py").write_text(first.replace("404", "410"))
    assert _of_files(kata, suite) == []
    (rejected / "errors__again.py").write_text(first.replace("breakfast()", "eat()"))
    (problem,) = _of_files(kata, suite)
    assert "errors__no_tea_is_404.py: It is errors__again.py in other" in problem


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("errors = 2", "errors = 3", "[points] errors = 3, but its checks are worth 2"),
        ("awaits = 1\n", "", "[points] awaits = 0, but its checks are worth 1"),
        ('"Which comes first?", ', "", "It has 2 hints: write 3"),
        ("Which comes first?", " ", "Hint 1 is empty."),
        ("Which comes first?", "Begin with tea.", "Hint 1 does not ask"),
        ("Which comes first?", "Who  waits for whom?", "Hint 1 stands there 2 times"),
        ("The tea room", "Tea", "Its heading is '# The tea room': the title is 'Tea'."),
    ],
)
def test_a_manifest_agrees_with_suite_and_brief(
    kata: Path, old: str, new: str, problem: str
) -> None:
    _edit(kata / "kata.toml", old, new)
    (told,) = _of_manifest(kata, kata)
    assert told.startswith(problem)


def test_two_katas_share_no_number(kata: Path) -> None:
    other = kata.parent / "coffee_bar"
    other.mkdir()
    (other / "kata.toml").write_text((kata / "kata.toml").read_text())
    assert _of_manifest(kata, kata, other) == [
        "Its order 1 is that of coffee_bar too: give it one of its own."
    ]


def test_a_number_in_a_heading_is_the_kata_s_own(kata: Path) -> None:
    _edit(kata / "README.md", "# The", "# 02 · The")
    assert _of_manifest(kata, kata) == ["Its heading has the number 02: it is no. 1."]

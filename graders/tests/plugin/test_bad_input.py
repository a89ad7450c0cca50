from __future__ import annotations

import os
from pathlib import Path

import pytest

from graders.tests.plugin.project import (
    MANIFEST,
    SLUG,
    SOLUTION,
    make_project,
    suite_file,
)

pytest_plugins = ["pytester"]

KATA = f"katas/{SLUG}"


@pytest.fixture
def kata(pytester: pytest.Pytester) -> Path:
    return make_project(pytester.path)


def _error(pytester: pytest.Pytester, *arguments: str) -> str:
    """The one sentence that pytest leaves with, as a usage error."""
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    errors = [line for line in result.errlines if line.strip()]
    assert len(errors) == 1, result.errlines
    assert "Traceback" not in result.stdout.str()
    return errors[0].removeprefix("ERROR: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--submission", "gone.py"),
            "There is no file or folder 'gone.py': check the path.",
        ),
        (
            ("--submission", "empty"),
            "The folder 'empty' has no app.py: put your solution there, or name the "
            "file itself.",
        ),
        (
            ("--submission", "latin.py"),
            "latin.py is not UTF-8 (byte 0xE9 at line 2): save it as UTF-8.",
        ),
        (
            ("--submission", "link.py"),
            "'link.py' is a symbolic link: give the file or folder itself.",
        ),
        (
            ("--submission", "pipe"),
            "'pipe' is not a regular file: give a Python file or a folder with an "
            "app.py.",
        ),
        (
            ("--seed", "lucky"),
            "--seed 'lucky' is not a whole number of 1 to 18 digits: give one, as in "
            "--seed 7.",
        ),
        (("--clock", "slow"), "--clock 'slow' is unknown: give virtual or real."),
        (("--launcher", "x"), "--launcher 'x' is unknown: give fork or spawn."),
    ],
)
def test_a_bad_value_is_named_with_its_remedy(
    pytester: pytest.Pytester, kata: Path, arguments: tuple[str, str], sentence: str
) -> None:
    (pytester.path / "empty").mkdir()
    (pytester.path / "latin.py").write_bytes(b"# one\n# caf\xe9\n")
    (pytester.path / "link.py").symlink_to(kata / "app.py")
    os.mkfifo(pytester.path / "pipe")
    assert _error(pytester, KATA, *arguments) == sentence


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("minutes = 10", "duration = 10", "duration"),
        ("minutes = 10", 'minutes = "ten"', "minutes"),
        ("concurrency = 3", "speed = 3", "speed"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_keys(
    pytester: pytest.Pytester, kata: Path, old: str, new: str, complaint: str
) -> None:
    (kata / "kata.toml").write_text(MANIFEST.replace(old, new))
    error = _error(pytester, KATA)
    assert error.startswith(f"{SLUG}/kata.toml: ")
    assert complaint in error
    assert "Correct the manifest; the keys are title, order," in error


def test_a_submission_is_for_one_kata(pytester: pytest.Pytester, kata: Path) -> None:
    other = pytester.path / "katas" / "coffee_bar"
    other.mkdir()
    (other / "kata.toml").write_text(MANIFEST)
    (pytester.path / "mine.py").write_text(SOLUTION)
    assert "this command names 2: give one folder" in _error(
        pytester, "katas", "--submission", "mine.py"
    )
    assert "this command names none: give one folder" in _error(
        pytester, f"reference/{SLUG}", "--submission", "mine.py"
    )


def test_a_conftest_beside_a_submission_is_refused(
    pytester: pytest.Pytester, kata: Path
) -> None:
    (kata / "conftest.py").write_text("raise SystemExit('hostile')")
    assert _error(pytester, KATA) == (
        "tea_room/conftest.py would run inside the grader: remove it, or grade your "
        "file with --submission."
    )


def test_a_kata_without_a_suite_is_told_in_a_sentence(
    pytester: pytest.Pytester, kata: Path
) -> None:
    suite_file(pytester.path).unlink()
    for target in (KATA, f"reference/{SLUG}"):
        result = pytester.runpytest_inprocess(target)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(
            [
                "The kata 'tea_room' has no suite: write "
                "graders/suites/tea_room/__init__.py."
            ]
        )
        assert "Traceback" not in result.stdout.str()

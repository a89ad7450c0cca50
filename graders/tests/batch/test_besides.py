"""Rows 12 to 18 and 54 to 56 of the hostile corpus: what else is handed in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from graders.proctor import Kata, SubmissionError, find_kata, read_submission


@pytest.fixture
def kata() -> Kata:
    return find_kata("gather_the_dashboard")


def notes(kata: Kata, path: Path) -> tuple[str, ...]:
    return read_submission(path, kata.manifest.file, kata.folder).notes


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("conftest.py", "conftest.py is not used for grading."),
        ("pytest.ini", "pytest.ini is not used for grading."),
        ("tox.ini", "tox.ini is not used for grading."),
        ("setup.cfg", "setup.cfg is not used for grading."),
        ("pyproject.toml", "pyproject.toml is not used for grading."),
        ("sitecustomize.py", "sitecustomize.py is not used for grading."),
        ("usercustomize.py", "usercustomize.py is not used for grading."),
        ("evil.pth", "evil.pth is not used for grading."),
        (
            "app.cpython-311.pyc",
            "app.cpython-311.pyc is not used: only app.py is graded.",
        ),
        ("given.so", "given.so is not used: only app.py is graded."),
        ("given.py", "given.py differs from the original: the original is used."),
        (
            "test_example.py",
            "test_example.py differs from the original: the original is used.",
        ),
        (
            "random.py",
            "random.py has the name of a Python module: rename it. It is not used.",
        ),
        (
            "httpx.py",
            "httpx.py has the name of a library: rename it. It is not used.",
        ),
        ("helpers.py", "helpers.py is not used: only app.py is graded."),
        ("test_mine.py", ""),
        ("notes.txt", ""),
    ],
)
def test_what_is_handed_in_besides_is_told(
    tmp_path: Path, kata: Kata, name: str, sentence: str
) -> None:
    (tmp_path / "app.py").write_text("app = 1\n")
    (tmp_path / name).write_text("x = 1\n")
    assert notes(kata, tmp_path) == ((sentence,) if sentence else ())


def test_folders_besides_are_told_too(tmp_path: Path, kata: Kata) -> None:
    for name in ("__pycache__", "fastapi", "docs"):
        (tmp_path / name).mkdir()
    (tmp_path / "fastapi/__init__.py").touch()
    (tmp_path / "app.py").write_text("app = 1\n")
    assert notes(kata, tmp_path) == (
        "__pycache__ is not used: only app.py is graded.",
        "fastapi has the name of a library: rename it. It is not used.",
    )


def test_what_was_given_out_and_not_changed_is_not_told(
    tmp_path: Path, kata: Kata
) -> None:
    for path in kata.folder.iterdir():
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            (tmp_path / path.name).write_bytes(text.replace("\n", "\r\n").encode())
    (tmp_path / "app.py").write_text("app = 1\n")
    assert notes(kata, tmp_path) == ()


def test_nobody_hands_in_the_folder_of_the_kata_itself(kata: Kata) -> None:
    assert notes(kata, kata.folder) == ()
    assert notes(kata, kata.stub) == ()


def test_many_files_are_not_told_one_by_one(tmp_path: Path, kata: Kata) -> None:
    for number in range(40):
        (tmp_path / f"m{number:02}.py").touch()
    (tmp_path / "app.py").write_text("app = 1\n")
    found = notes(kata, tmp_path)
    assert len(found) == 13
    assert found[-1] == "28 files more are not used for grading."


def test_a_pipe_or_a_link_besides_is_not_opened(tmp_path: Path, kata: Kata) -> None:
    (tmp_path / "app.py").write_text("app = 1\n")
    os.mkfifo(tmp_path / "given.py")
    (tmp_path / "test_example.py").symlink_to("/dev/zero")
    assert len(notes(kata, tmp_path)) == 2


def test_names_in_notes_steer_nothing(tmp_path: Path, kata: Kata) -> None:
    (tmp_path / "app.py").write_text("app = 1\n")
    (tmp_path / "a\n\u202e.py").touch()
    assert notes(kata, tmp_path) == (
        "a\\n\\u202e.py is not used: only app.py is graded.",
    )


def test_the_unchanged_starter_is_known(tmp_path: Path, kata: Kata) -> None:
    stub = kata.stub.read_text(encoding="utf-8")
    (tmp_path / "app.py").write_text(stub.rstrip().replace("\n", "  \r\n"))
    assert notes(kata, tmp_path) == ("This is the unchanged starter.",)


def test_what_belongs_to_another_kata_is_known(tmp_path: Path, kata: Kata) -> None:
    other = find_kata("no_blocking_sleep")
    (tmp_path / "stub.py").write_bytes(other.stub.read_bytes())
    assert notes(kata, tmp_path / "stub.py") == (
        "This is the unchanged starter of another kata, no_blocking_sleep.",
    )
    solution = other.reference / "solution.py"
    (note,) = notes(kata, solution)
    assert note.startswith(
        "This looks like a solution to another kata, no_blocking_sleep: it imports "
    )
    assert notes(other, solution) == ()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("app = 1\n".encode("utf-16"), "app.py is UTF-16: save it as UTF-8."),
        (b"PK\x03\x04\x14\0", "app.py is a ZIP archive or an Office document, "),
        (b"%PDF-1.7\n", "app.py is a PDF document, "),
        (b"\x7fELF\x02", "app.py is a compiled program, "),
        (b"\xa7\r\r\n\0\0\0\0\xe3", "app.py is compiled Python, "),
        (b"<!doctype HTML>\n<title>app.py", "app.py is a web page, "),
        (
            json.dumps({"cells": [], "nbformat": 4}).encode(),
            "app.py is a Jupyter notebook, not Python source: hand in a plain text "
            "file of Python.",
        ),
    ],
)
def test_what_is_no_source_is_called_by_its_name(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "app.py").write_bytes(content)
    with pytest.raises(SubmissionError) as caught:
        read_submission(tmp_path)
    assert str(caught.value).startswith(sentence)


def test_a_dictionary_that_mentions_notebooks_is_source(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text('{"nbformat"}\n')
    assert read_submission(tmp_path).source == '{"nbformat"}\n'

"""One file is graded, and who imports another one beside it is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.proctor import Submission, find_kata, read_submission
from graders.proctor.grading.endings import not_loaded_finding
from graders.wire import LoadFailed, Site

SOURCE = "import httpx\nfrom helpers import a\n"


def _beside(folder: Path, source: str, *names: str) -> Submission:
    for name in ("app.py", *names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a = 1\n")
    (folder / "app.py").write_text(source)
    return read_submission(folder)


def _advice(text: str, submission: Submission) -> str:
    failed = LoadFailed("import", text, Site("app.py", 1))
    return not_loaded_finding(failed, submission).advice


_INTO = "only app.py is graded. Put what you need of it into app.py."


@pytest.mark.parametrize(
    ("source", "name", "text"),
    [
        (SOURCE, "helpers.py", "No module named 'helpers'"),
        ("import json, helpers as h", "helpers.py", "No module named 'helpers'"),
        (
            "def f():\n    import tools.a\n",
            "tools/__init__.py",
            "No module named 'tools'",
        ),
        (
            "from .helpers import a",
            "helpers.py",
            "attempted relative import with no known parent package",
        ),
        (
            "from . import (other, helpers)",
            "helpers.py",
            "attempted relative import with no known parent package",
        ),
    ],
)
def test_the_file_beside_is_named(
    tmp_path: Path, source: str, name: str, text: str
) -> None:
    submission = _beside(tmp_path, source, name, "unused.py", "given.py")
    name = name.removesuffix("__init__.py")
    assert submission.beside == (name,)
    assert (
        _advice(text, submission)
        == f"{name} lies beside app.py and is not used: {_INTO}"
    )


def test_what_is_not_there_is_not_named(tmp_path: Path) -> None:
    submission = _beside(tmp_path, f"{SOURCE}from x import unused\n", "unused.py")
    assert submission.beside == ()
    assert "Use what the brief names" in _advice(
        "No module named 'helpers'", submission
    )
    beside = _beside(tmp_path, SOURCE, "helpers.py")
    other = "ImportError: cannot import name 'b' from 'given' (given.py)"
    assert "Use what the brief names" in _advice(other, beside)


def test_a_class_is_nobodys_helper(tmp_path: Path) -> None:
    for name in ("ann.py", "ben.py"):
        (tmp_path / name).write_text("import ann\nimport ben\n")
    assert read_submission(tmp_path / "ben.py", shown="ben.py").beside == ()
    assert read_submission(tmp_path / "ben.py").beside == ("ann.py",)


def test_while_practising_it_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kata = find_kata("fetch_many")
    folder = tmp_path / "katas/fetch_many"
    submission = _beside(folder, SOURCE, "helpers.py", "scratch.py")
    assert read_submission(folder, "app.py", folder).notes == (
        "helpers.py is not used: only app.py is graded.",
    )
    elsewhere = read_submission(folder, "app.py", kata.folder)
    assert [note for note in elsewhere.notes if note.startswith("helpers.py")] == [
        "helpers.py is not used: only app.py is graded."
    ]
    assert submission.beside == ("helpers.py",)

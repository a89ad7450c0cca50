"""Nobody reads where something lies on this machine; everything else stays as it is."""

from __future__ import annotations

import sys
import tempfile
import unicodedata
from pathlib import Path

import pytest

from graders.host.instruments.failures import text_of
from graders.proctor import Finding
from graders.proctor.verdict.findings import without_paths
from graders.wire import Site

KEPT = [
    "There is more than one app.py: new/app.py and old/app.py. Hand in one.",
    "./app.py and ../other/app.py",
    "a/app.py, b/c.d/app.py; 'x/y.py'",
    "No module named 'pkg/app.py'",
    "~/katas/app.py",
    "https://example.org/katas/app.py",
    "http://127.0.0.1:8000/static/app.py",
    "GET /users/7 answered 500",
    "GET /tmpfiles and /usrs",
    f"{unicodedata.normalize('NFD', 'Zoë')}/app.py",
    "प्रि/app.py",
    "7/2 and 1/app",
    "docs/tmp/notes.txt",
    "C++/app.py",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_path_of_this_machine_stays_as_it_is(text: str) -> None:
    assert without_paths(text) == text
    assert text_of(ValueError(text)) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/ann/katas/app.py:3 failed", "app.py:3 failed"),
        ("'/srv/x/app.py' is a link to '/srv/y/z.py'", "'app.py' is a link to 'z.py'"),
        ("from 'given' (/home/Jo Mu/given.py)", "from 'given' (given.py)"),
        ("No such file: '/home/José Núñez/a b/app.py'", "No such file: 'app.py'"),
        ('File "/mnt/c/My Files/app.py", line 3', 'File "app.py", line 3'),
        ("at:/home/ann/app.py", "at:app.py"),
        ("path=/home/ann/app.py", "path=app.py"),
        ("file:///home/ann/app.py", "file://app.py"),
        ("[/a/one.py,/b/two.py]", "[one.py,two.py]"),
        ("/home/Zoe\u0308/app.py", "app.py"),
        ("/home/प्रि/app.py", "app.py"),
        ("/home/ann/app.py.", "app.py."),
        ("/app.py", "app.py"),
    ],
)
def test_the_absolute_path_of_a_module_is_cut_to_its_name(text: str, told: str) -> None:
    assert without_paths(text) == told
    assert text_of(ImportError(text)) == told


def test_what_lies_in_folders_of_the_grader_is_named_without_them() -> None:
    folders = [sys.prefix, sys.base_prefix, tempfile.gettempdir()]
    folders += [str(Path(__file__).parents[3]), str(Path.home())]
    for folder in folders:
        said = without_paths(f"'{folder}/deep/er/notes.txt', {folder}/x.db: gone")
        assert said == "'notes.txt', x.db: gone"
        assert folder not in without_paths(f"in {folder}, or in {folder}/.")


def test_findings_hold_no_paths_but_the_learners_own_line_as_it_is() -> None:
    line = 'RECEIPTS = Path("/tmp/receipts/app.py")'
    finding = Finding("x", "/home/ann/app.py is gone", "", Site("app.py", 3), line)
    assert finding.saw == "app.py is gone"
    assert finding.line == line

"""Every command prints what it has to say, whatever the output can hold."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import xml.etree.ElementTree
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

import graders
import graders.suites
from graders.cli import application
from graders.proctor.katas import kata as kata_module
from graders.reports import output
from graders.reports.formats import FORMATS
from graders.tests.formats.verdicts import VERDICTS
from graders.tests.plugin.project import (
    SEQUENTIAL,
    SLUG,
    SOLUTION,
    make_project,
    use_suites,
)

ENCODINGS = ("cp1252", "ascii", "latin-1")
# What makes a formula of a cell; it is looked for, and never printed.
FORMULAS = "\uff1d\uff0b\uff0d\uff20"
LEARNER = "José 李 👩\u200d💻"


@dataclass
class Ran:
    """What came of a command.

    Attributes:
        bytes: what it printed, on both outputs.
    """

    code: int
    bytes: bytes


class Printer:
    """Runs commands of ours within this process, on outputs of any encoding."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def __call__(self, encoding: str, *arguments: str | Path) -> Ran:
        printed = io.BytesIO()
        with self._patch.context() as patch:
            for name in ("stdout", "stderr"):
                stream = io.TextIOWrapper(printed, encoding, write_through=True)
                output.replaces(stream)
                patch.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as ended:
                application([str(one) for one in arguments])
            for used in (sys.stdout, sys.stderr):
                assert isinstance(used, io.TextIOWrapper)
                used.detach()
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, printed.getvalue())


@pytest.fixture
def prints(monkeypatch: pytest.MonkeyPatch) -> Printer:
    return Printer(monkeypatch)


@pytest.fixture
def tea_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the only kata there is."""
    folder = make_project(tmp_path / "project")
    monkeypatch.setattr(kata_module, "KATAS", folder.parent)
    use_suites(monkeypatch, tmp_path / "project/suites")
    (folder / "app.py").write_text(SEQUENTIAL)
    solution = tmp_path / f"project/reference/{SLUG}/solution.py"
    solution.parent.mkdir(parents=True, exist_ok=True)
    solution.write_text(f"# 李 …\n{SOLUTION}", encoding="utf-8")
    monkeypatch.setattr(kata_module, "REFERENCE", solution.parents[1])
    return folder


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_timeline_is_drawn_in_ascii_where_there_is_nothing_else(
    tea_room: Path, prints: Printer, encoding: str
) -> None:
    ran = prints(encoding, "run", SLUG)
    assert ran.code == 1
    lines = ran.bytes.decode(encoding).splitlines()
    drawn = [line for line in lines if line.strip().startswith(("brew  ", "toast  "))]
    assert [set(line.split()[1]) for line in drawn] == [{"#"}, {"#"}]
    (utf8,) = (
        line.replace("█", "#")
        for line in prints("utf-8", "run", SLUG).bytes.decode().splitlines()
        if line.strip().startswith("brew  ")
    )
    assert utf8 == drawn[0]


COMMANDS: list[tuple[int, Sequence[str]]] = [
    (0, ["--help"]),
    (0, ["list"]),
    (0, ["hint", SLUG, "--all"]),
    (0, ["show", SLUG, "--anyway"]),
    (2, ["show", SLUG]),
    (2, ["reset", SLUG]),
    (0, ["schema"]),
    (0, ["result", "{verdict}", "--candidate", LEARNER]),
    (2, ["watch", SLUG]),
    (2, ["watch", LEARNER]),
    (2, ["run", f"no such kata: {LEARNER}"]),
    (2, ["run", SLUG, "--submission", LEARNER]),
    (2, ["run", SLUG, "--submission", "\udcff"]),
    (2, ["grade", LEARNER, "--out", "{out}"]),
    (2, ["report", LEARNER, "--format", "csv"]),
    (2, ["--nothing-of-ours", LEARNER]),
    (2, ["verify", LEARNER]),
    (1, ["autograde", SLUG, LEARNER, "--out", "{out}.json"]),
    (2, ["pack", "learner", SLUG, "--out", "{out}.zip"]),
    (0, ["report", "{verdict}", "--format", "csv"]),
    (0, ["report", "{verdict}", "--format", "github"]),
    (0, ["report", "{verdict}", "--format", "github-summary"]),
]


@pytest.fixture
def verdict(tea_room: Path, tmp_path: Path) -> Path:
    """One on a learner whose name has characters that few encodings have."""
    path = tmp_path / "verdict.json"
    whole = msgspec.structs.replace(VERDICTS["failed"], learner=LEARNER)
    path.write_text(FORMATS["json"].text(whole), encoding="utf-8")
    return path


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_command_prints_on_every_output(
    verdict: Path, tmp_path: Path, prints: Printer, encoding: str
) -> None:
    places = {"{verdict}": str(verdict), "{out}": str(tmp_path / "ö…")}
    for code, words in COMMANDS:
        for name, place in places.items():
            words = [word.replace(name, place) for word in words]
        ran = prints(encoding, *words)
        assert (ran.code, bool(ran.bytes)) == (code, True), words
        assert "Traceback" not in ran.bytes.decode(encoding), words


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_two_learners_become_one(
    verdict: Path, prints: Printer, encoding: str
) -> None:
    ran = prints(encoding, "report", verdict, "--format", "csv")
    row = ran.bytes.decode(encoding).splitlines()[1]
    assert "\\u674e" in row
    assert ("José" in row) == (encoding != "ascii")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_markup_that_says_it_is_utf_8_is_that(
    verdict: Path, prints: Printer, encoding: str
) -> None:
    junit = prints(encoding, "report", verdict, "--format", "junit").bytes
    whole = prints("utf-8", "report", verdict, "--format", "junit").bytes
    assert junit.isascii()
    read = [xml.etree.ElementTree.fromstring(one).iter() for one in (junit, whole)]
    here, elsewhere = ([(one.attrib, one.text) for one in tree] for tree in read)
    assert here == elsewhere
    page = prints(encoding, "report", verdict, "--format", "html").bytes
    assert page.isascii()
    assert "&#26446;" in page.decode()


def _signs() -> Iterator[str]:
    """The characters beyond ASCII of every text that our programs hold."""
    root = Path(graders.__file__).parent
    for path in root.rglob("*.py"):
        place = path.relative_to(root).parts
        # Pages are UTF-8 wherever they are read.
        if place[0] in ("tests", "suites") or "html" in place or "output.py" in place:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from (char for char in node.value if char.isprintable())


def test_each_sign_of_ours_has_its_like_in_ascii() -> None:
    signs = {char for char in _signs() if not char.isascii() and char not in FORMULAS}
    assert {"█", "…", "✓"} <= signs
    for sign in signs:
        told = sign.encode("ascii", output.ERRORS).decode()
        assert not told.startswith("\\"), sign


# --- as a program of its own ---------------------------------------------------------


def kata(
    *arguments: str | Path,
    closes: bool = False,
    variables: Mapping[str, str] | None = None,
) -> tuple[int, bytes, bytes]:
    """Run the command; its exit code, and what it printed.

    Args:
        closes: nobody reads what it prints.
    """
    environment = {**os.environ, **(variables or {})}
    command = [sys.executable, "-m", "graders.cli", *map(str, arguments)]
    if not closes:
        ended = subprocess.run(
            command, capture_output=True, env=environment, check=False
        )
        return ended.returncode, ended.stdout, ended.stderr
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        ended = subprocess.run(
            command, stdout=pipe, stderr=subprocess.PIPE, env=environment, check=False
        )
    return ended.returncode, b"", ended.stderr


C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_in_the_c_locale_names_are_what_they_are_elsewhere(tmp_path: Path) -> None:
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    (handed_in / f"{LEARNER}.py").write_text("print(\n")
    out = tmp_path / "out"
    words = ["grade", str(handed_in), "--kata", "fetch_many", "--out", str(out)]
    words += ["--sandbox", "none"]
    code, _, error = kata(*words, variables=C_LOCALE)
    assert (code, error) == (1, b"")
    book = (out / "gradebook.csv").read_text(encoding="utf-8")
    assert book.splitlines()[1].startswith(f"{LEARNER},fetch_many,not loaded,0,")


@pytest.mark.parametrize(
    ("words", "code"),
    [(["list"], 0), (["schema"], 0), (["show", "no such"], 2)],
)
def test_who_stops_reading_changes_no_exit_code(
    words: Sequence[str], code: int
) -> None:
    found, _, error = kata(*words, closes=True)
    assert found == code
    assert b"Traceback" not in error
    assert b"BrokenPipe" not in error


def test_a_full_disk_is_a_sentence() -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "graders.cli", "schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == (
        b"ERROR: The output cannot be written (No space left on device): give another "
        b"place.\n"
    )

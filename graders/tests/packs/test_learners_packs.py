from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import msgspec
import pytest

from graders.packs import learners_files, zipped
from graders.proctor import REFERENCE, Kata, all_katas, find_kata
from graders.tests.packs.places import run, unpack

KATAS = all_katas()

# As pytest does it from the command line, and then tells whether graders were at hand.
_RUN_EXAMPLES = """
import sys, pytest
code = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]])
names = {name.partition(".")[0] for name in sys.modules}
sys.exit(code or 10 * bool(names & {"graders", "katas", "reference"}))
"""


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.slug)
def test_a_pack_holds_what_a_learner_needs_and_nothing_else(kata: Kata) -> None:
    here = {path.name for path in kata.folder.iterdir() if path.is_file()}
    expected = here - {"kata.toml"} | {"pytest.ini", "requirements.txt"}
    files = learners_files([kata])
    assert set(files) == {f"{kata.slug}/{name}" for name in expected}
    assert expected <= {
        "README.md",
        "app.py",
        "given.py",
        "pytest.ini",
        "requirements.txt",
        "test_example.py",
        "test_reservations.py",
    }


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.slug)
def test_a_brief_names_nothing_that_is_only_in_the_repository(kata: Kata) -> None:
    text = learners_files([kata])[f"{kata.slug}/README.md"]
    assert isinstance(text, str)
    link = re.compile(r"\]\(([^)]*)\)")
    assert [one for one in link.findall(text) if not one.startswith("https://")] == []
    rest = link.sub("]", text)
    assert re.findall(r"katas/|\bkata (?:run|list|hint)|graders|reference/", rest) == []
    # The commands that are left, those to set up among them, and their comments.
    assert "\n    pip install -r requirements.txt\n" in text
    assert f"\n    pytest test_{'' if kata.turns_the_tables else 'example.py'}" in text


def test_requirements_are_public_libraries_with_their_least_releases() -> None:
    text = learners_files([find_kata("trip_desk")])["trip_desk/requirements.txt"]
    assert isinstance(text, str)
    lines = text.splitlines()
    assert all(re.fullmatch(r"[a-z0-9-]+(\[[a-z-]+\])?>=[0-9.]+", one) for one in lines)
    names = {re.split(r"[\[>]", line)[0] for line in lines}
    assert {"fastapi", "httpx", "sqlalchemy", "pytest", "pytest-asyncio"} <= names
    assert not names & {"async-katas", "msgspec", "typer", "rich"}


def test_the_same_katas_give_the_same_bytes() -> None:
    first = zipped(learners_files(KATAS[:3]))
    again = zipped(dict(reversed(learners_files(KATAS[:3]).items())))
    assert first == again


def test_the_examples_run_without_the_repository(tmp_path: Path) -> None:
    slug = "gather_the_dashboard"
    folder = unpack(learners_files([find_kata(slug)]), tmp_path) / slug
    solution = REFERENCE / slug / "solution.py"
    (folder / "app.py").write_bytes(solution.read_bytes())
    done = run([sys.executable, "-c", _RUN_EXAMPLES], folder)
    assert done.returncode == 0, done.stdout


def test_a_kata_that_was_solved_in_its_folder_is_packed_unsolved(
    tmp_path: Path,
) -> None:
    kata = find_kata("gather_the_dashboard")
    solved = tmp_path / kata.slug
    shutil.copytree(kata.folder, solved)
    (solved / "app.py").write_text("app = 'solved'", encoding="utf-8")
    there = msgspec.structs.replace(kata, folder=solved)
    assert learners_files([there]) == learners_files([kata])

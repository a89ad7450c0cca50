from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from graders.packs import Settings, gradescope_files, zipped
from graders.proctor import REFERENCE, find_kata
from graders.proctor.katas.kata import ROOT
from graders.tests.packs.places import run, unpack

SLUG = "no_blocking_sleep"
OTHER = "gather_the_dashboard"
MOST = sum(find_kata(SLUG).manifest.points.values())


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as the platform's, in which setup.sh has been run."""
    root = tmp_path_factory.mktemp("autograder")
    source = unpack(gradescope_files(find_kata(SLUG), Settings()), root / "source")
    # The platform takes this one out.
    shutil.copy(source / "run_autograder", root)
    done = run(
        [source / "setup.sh"], root, AUTOGRADER_ROOT=root, KATA_PYTHON=sys.executable
    )
    assert done.returncode == 0, done.stdout
    return root


def graded(root: Path, submission: dict[str, str]) -> Any:
    """What the platform finds after a submission."""
    for name in ("submission", "results"):
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir()
    for name, text in submission.items():
        path = root / "submission" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    done = run([root / "run_autograder"], root, AUTOGRADER_ROOT=root)
    assert done.returncode == 0, done.stdout
    assert [path.name for path in (root / "results").iterdir()] == ["results.json"]
    return json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))


def points(results: Any) -> tuple[int, int]:
    tests = results["tests"]
    return sum(one["score"] for one in tests), sum(one["max_score"] for one in tests)


def solution(slug: str = SLUG) -> str:
    return (REFERENCE / slug / "solution.py").read_text(encoding="utf-8")


def test_a_right_submission_gets_all_points_in_a_folder_as_well(platform: Path) -> None:
    results = graded(platform, {"my work/app.py": solution(), "my work/notes.txt": ""})
    assert points(results) == (MOST, MOST)


def test_a_wrong_submission_is_told_why(platform: Path) -> None:
    wrong = REFERENCE / SLUG / "rejected" / "blocking__time_sleep.py"
    results = graded(platform, {"app.py": wrong.read_text(encoding="utf-8")})
    score, most = points(results)
    assert 0 < score < most == MOST
    told = "".join(one["output"] for one in results["tests"])
    assert "expected" in told
    assert str(platform) not in json.dumps(results)


@pytest.mark.parametrize(
    ("submission", "sentence"),
    [
        (
            {"App.py": "app = 1", "notes.txt": ""},
            "No app.py was found in what was handed in (there is App.py, notes.txt).",
        ),
        ({}, "No app.py was found in what was handed in (it is empty)."),
        (
            {"new/app.py": "app = 1", "old/app.py": "app = 2"},
            "There is more than one app.py: new/app.py and old/app.py. Hand in one.",
        ),
        ({"app.py": "a\0"}, "NUL character"),
        ({"app.py": "def broken(:"}, "app.py:1: invalid syntax `def broken(:`"),
    ],
    ids=["no app.py", "nothing", "two", "no text", "a syntax error"],
)
def test_what_cannot_be_loaded_gets_no_points_and_one_sentence(
    platform: Path, submission: dict[str, str], sentence: str
) -> None:
    results = graded(platform, submission)
    assert points(results) == (0, MOST)
    assert sentence in results["output"]
    assert str(platform) not in json.dumps(results)


def test_when_the_grader_fails_the_results_are_complete_and_blame_nobody(
    platform: Path,
) -> None:
    python = platform / "venv" / "bin" / "python"
    kept = python.rename(python.with_name("kept"))
    try:
        results = graded(platform, {"app.py": solution()})
    finally:
        kept.rename(python)
    assert "The grader failed, not your code" in results["output"]
    assert len(results["tests"]) > 5
    assert not any("score" in one for one in results["tests"])


def test_a_grader_that_does_not_work_stops_the_set_up(tmp_path: Path) -> None:
    files = gradescope_files(find_kata(SLUG), Settings())
    suite = f"grader/graders/suites/{SLUG}/__init__.py"
    source = unpack(files | {suite: "import nowhere"}, tmp_path / "source")
    done = run(
        [source / "setup.sh"],
        tmp_path,
        AUTOGRADER_ROOT=tmp_path,
        KATA_PYTHON=sys.executable,
    )
    assert done.returncode == 1
    assert "The grader does not work here" in done.stdout


def test_the_pack_holds_one_suite_and_what_that_suite_asks() -> None:
    files = gradescope_files(find_kata(SLUG), Settings())
    names = set(files)
    assert {"setup.sh", "run_autograder", "requirements.txt"} <= names
    katas = {name.split("/")[2] for name in names if name.startswith("grader/katas/")}
    assert katas == {SLUG}
    suites = {name for name in names if name.startswith("grader/graders/suites/")}
    assert suites == {
        "grader/graders/suites/__init__.py",
        *(
            f"grader/graders/suites/{SLUG}/{path.name}"
            for path in (ROOT / "graders" / "suites" / SLUG).glob("*.py")
        ),
    }
    # Its properties are held against the solution.
    references = {name for name in names if "reference" in name}
    assert references <= {
        f"grader/reference/{SLUG}/{name}" for name in ("solution.py", "plans.toml")
    }
    assert not [name for name in names if "__pycache__" in name]
    contents = {
        text.encode() if isinstance(text, str) else text for text in files.values()
    }
    assert solution(OTHER).encode() not in contents
    assert zipped(files) == zipped(gradescope_files(find_kata(SLUG), Settings()))


def test_the_copies_that_a_suite_needs_are_in_the_pack() -> None:
    files = gradescope_files(find_kata("test_the_async_service"), Settings())
    folder = "grader/graders/suites/test_the_async_service/copies/"
    assert len([name for name in files if name.startswith(folder)]) >= 9

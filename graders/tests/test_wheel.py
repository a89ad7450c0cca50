"""What is installed: the package alone, with the katas in it and without the tests."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import graders

ROOT = Path(graders.__file__).parents[1]
BUILD = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
LIST = """
import sys
sys.path.insert(0, sys.argv[1])
from graders.proctor import all_katas, load_suite
for kata in all_katas():
    assert load_suite(kata).checks
    copies = {check.copy for check in load_suite(kata).checks}
    assert all(kata.service(copy).is_file() for copy in copies - {""})
    print(kata.folder, kata.solution.is_file())
"""
PACK = """
import sys
sys.path.insert(0, sys.argv[1])
from graders.packs import Settings, gradescope_files
from graders.proctor import find_kata
print(*gradescope_files(find_kata("fetch_many"), Settings()), sep="\\n")
"""


def _python(code: str, argument: Path, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(argument)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a wheel of the project is unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    name = _python(BUILD, folder, ROOT).splitlines()[-1]
    with zipfile.ZipFile(folder / name) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_a_wheel_holds_one_package_and_no_tests(installed: Path) -> None:
    names = {path.name for path in installed.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"graders"}
    assert not (installed / "graders" / "tests").exists()


def test_what_is_installed_finds_its_katas(installed: Path) -> None:
    lines = _python(LIST, installed, installed).splitlines()
    shipped = installed / "graders" / "shipped" / "katas"
    there = sorted(path.parent for path in (ROOT / "katas").glob("*/kata.toml"))
    assert sorted(lines) == [f"{shipped / path.name} True" for path in there]


def test_a_pack_made_of_it_holds_one_kata(installed: Path) -> None:
    names = _python(PACK, installed, installed).splitlines()
    assert "grader/katas/fetch_many/kata.toml" in names
    assert [name for name in names if "shipped" in name or "/trip_desk/" in name] == []

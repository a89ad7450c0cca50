"""The container that opens the project in an editor, ready to grade."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import graders
from graders.wire.tested import PYTHON, known_ranges

ROOT = Path(graders.__file__).parents[1]
FOLDER = ROOT / ".devcontainer"


@pytest.fixture
def settings() -> Any:
    return json.loads((FOLDER / "devcontainer.json").read_text(encoding="utf-8"))


@pytest.fixture
def image(settings: Any) -> str:
    name: str = settings["build"]["dockerfile"]
    return (FOLDER / name).read_text(encoding="utf-8")


def test_what_it_names_is_there(settings: Any) -> None:
    assert (FOLDER / settings["build"]["context"]).resolve() == ROOT
    editor = settings["customizations"]["vscode"]["settings"]
    for name in editor["python.testing.pytestArgs"]:
        assert (ROOT / name).is_dir()


def test_it_installs_as_the_readme_does(settings: Any) -> None:
    install = re.search(r"pip (install .*?) &&", settings["postCreateCommand"])
    assert install is not None
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f".venv/bin/pip {install[1]} && " in readme


def test_it_has_what_the_walls_need_and_a_tested_python(
    settings: Any, image: str
) -> None:
    assert "libseccomp2" in image
    assert f"USER {settings['remoteUser']}\n" in image
    python = re.search(r"^FROM python:(3\.\d+)-", image, re.MULTILINE)
    assert python is not None
    assert python[1] == known_ranges()[PYTHON][1]


def test_the_interpreter_is_that_of_the_environment_on_the_path(
    settings: Any, image: str
) -> None:
    # Where a user's own site is used, hosts would not find the libraries in it.
    editor = settings["customizations"]["vscode"]["settings"]
    folder = Path(editor["python.defaultInterpreterPath"]).parent
    assert f"ENV PATH={folder}:$PATH" in image

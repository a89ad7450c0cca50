"""A project of its own with two katas, for the commands of who learns."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graders.tests.plugin.project import MANIFEST, SLUG, make_project

OTHER = "coffee_bar"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the progress is kept."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KATA_HOME", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    """The root of the project."""
    root = tmp_path / "project"
    kata = make_project(root)
    other = kata.with_name(OTHER)
    shutil.copytree(kata, other)
    manifest = MANIFEST.replace("order = 1", "order = 2").replace("first steps", "core")
    (other / "kata.toml").write_text(
        manifest.replace("The tea room", "[red]Coffee[/red]"), encoding="utf-8"
    )
    suites = root / "suites"
    shutil.copytree(suites / SLUG, suites / OTHER)
    (root / "stubs").mkdir()
    shutil.copy(kata / "app.py", root / "stubs" / f"{SLUG}.py.txt")
    return root


@pytest.fixture
def app(project: Path) -> Path:
    """What the learner writes."""
    return project / "katas" / SLUG / "app.py"

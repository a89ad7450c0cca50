"""A project of its own, with a kata that takes little time to grade."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.proctor.katas import kata
from graders.tests.plugin.project import make_project, use_suites


@pytest.fixture
def tea_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the only kata there is."""
    folder = make_project(tmp_path / "project")
    monkeypatch.setattr(kata, "KATAS", folder.parent)
    use_suites(monkeypatch, tmp_path / "project/suites")
    return folder

"""A project of its own, with a kata that takes little time to grade."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import graders.suites
from graders.proctor.katas import kata
from graders.tests.plugin.project import SLUG, make_project


@pytest.fixture
def tea_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the only kata there is."""
    folder = make_project(tmp_path / "project")
    monkeypatch.setattr(kata, "KATAS", folder.parent)
    suites = str(tmp_path / "project/suites")
    monkeypatch.setattr(graders.suites, "__path__", [suites])
    monkeypatch.delitem(sys.modules, f"graders.suites.test_{SLUG}", raising=False)
    return folder

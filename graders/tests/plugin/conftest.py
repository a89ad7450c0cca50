"""Projects that are graded inside the process of the tests: each sees its own suite."""

from __future__ import annotations

import pytest

import graders.suites
from graders.tests.plugin.project import use_suites


@pytest.fixture(autouse=True)
def _suites_of_one_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's `conftest.py` adds its suites to those that there are."""
    use_suites(monkeypatch, *graders.suites.__path__)

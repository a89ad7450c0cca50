"""Projects that are graded inside the process of the tests: each sees its own suite."""

from __future__ import annotations

import sys

import pytest

import graders.suites
from graders.tests.plugin.project import SLUG


@pytest.fixture(autouse=True)
def _suites_of_one_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's `conftest.py` adds its suites to those that there are."""
    monkeypatch.setattr(graders.suites, "__path__", [*graders.suites.__path__])
    # Other tests have a suite of this name.
    monkeypatch.delitem(sys.modules, f"graders.suites.test_{SLUG}", raising=False)

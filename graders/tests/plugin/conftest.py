"""Projects that are graded inside the process of the tests leave nothing in it."""

from __future__ import annotations

import pytest

import graders.suites


@pytest.fixture(autouse=True)
def _suites_of_one_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's `conftest.py` adds its suites to those that there are."""
    monkeypatch.setattr(graders.suites, "__path__", [*graders.suites.__path__])

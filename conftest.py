"""Loads the plugin that grades, also where pytest's `-p graders.plugin` is missing."""

from __future__ import annotations

import pytest

pytest_plugins = ["graders.plugin"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one more than cores, since tests wait for what they start."""
    from graders.settings import cores

    return cores() + 1

"""A project of its own with one complete kata."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from graders.authoring import _commands, _verify
from graders.proctor import null_exhibits
from graders.proctor.katas import kata as kata_module
from graders.tests.authoring.tea_house import build_house
from graders.tests.plugin.project import SLUG, suite_file, use_suites


@pytest.fixture
def few_nulls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not all of them each time: the tests of a kind try them all."""
    few = partial(null_exhibits, all_of_them=False)
    monkeypatch.setattr(_verify, "null_exhibits", few)


@pytest.fixture
def katas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all katas; the commands work there."""
    folder = build_house(tmp_path).parent
    monkeypatch.setattr(kata_module, "KATAS", folder)
    monkeypatch.setattr(_commands, "KATAS", folder)
    use_suites(monkeypatch, tmp_path / "suites")
    return folder


@pytest.fixture
def kata(katas: Path) -> Path:
    """The folder of the kata."""
    return katas / SLUG


@pytest.fixture
def suite(tmp_path: Path, kata: Path) -> Path:
    """The file of its suite."""
    return suite_file(tmp_path)


@pytest.fixture
def reference(tmp_path: Path, kata: Path) -> Path:
    """The folder of its reference."""
    return tmp_path / "reference" / SLUG

"""Hosts for the tests of the grader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.proctor import Launcher, launcher
from graders.tests.exams import Examine


@pytest.fixture(scope="session", autouse=True)
def _progress_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test writes into the progress of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KATA_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def hosts() -> Iterator[Launcher]:
    """Makes fresh hosts; one zygote serves the whole session."""
    with launcher() as made:
        yield made


@pytest.fixture
def examine(hosts: Launcher, tmp_path: Path) -> Examine:
    """Call it with an application's source and an async function of an exam."""
    return Examine(hosts, tmp_path)

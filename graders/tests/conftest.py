"""Hosts for the tests of the grader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graders import run
from graders.authoring import _judging
from graders.plugin import _grader
from graders.proctor import Launcher, Needs, launcher
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


@pytest.fixture(scope="session", autouse=True)
def _one_zygote(hosts: Launcher) -> Iterator[None]:
    """What grades within this process has no zygote of its own: a second each time."""

    @contextmanager
    def shared(
        kind: str = "fork", expected: Iterable[Needs] = ()
    ) -> Iterator[Launcher]:
        if kind == "fork":
            yield hosts
        else:
            with launcher(kind, expected) as made:
                yield made

    with pytest.MonkeyPatch.context() as patch:
        for module in (run, _judging, _grader):
            patch.setattr(module, "launcher", shared)
        yield


@pytest.fixture
def examine(hosts: Launcher, tmp_path: Path) -> Examine:
    """Call it with an application's source and an async function of an exam."""
    return Examine(hosts, tmp_path)

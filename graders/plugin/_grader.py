"""What one pytest session grades with: one launcher, one grading for each kata."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pytest

from graders.proctor import (
    SANDBOXES,
    HostPlan,
    Kata,
    Launcher,
    Link,
    Needs,
    Options,
    launcher,
    load_kata,
    read_submission,
)
from graders.reports import RecordedGrading
from graders.settings import (
    CLOCKS,
    LAUNCHERS,
    SettingError,
    cores,
    read_choice,
    read_seed,
)


class LateLauncher:
    """A launcher that starts working when it is told to, or when a host is needed.

    Args:
        kind: "fork" or "spawn".
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._stack = ExitStack()
        self._launcher: Launcher | None = None

    def begin(self, expected: Iterable[Needs] = ()) -> Launcher:
        """Start, without waiting until it is ready; `expected` as for a launcher."""
        if self._launcher is None:
            self._launcher = self._stack.enter_context(launcher(self._kind, expected))
        return self._launcher

    def start(self, plan: HostPlan) -> Link:
        return self.begin().start(plan)

    def close(self) -> None:
        self._stack.close()


class Grader:
    """Reads the options of a pytest run, and grades by them.

    Attributes:
        launcher: makes the hosts of this session.
        options: for every grading.
        elsewhere: where the submission is, when it is not in the kata's folder.

    Raises:
        pytest.UsageError: an option cannot be used.
    """

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        try:
            seed = read_seed(option.seed)
            clock = read_choice("--clock", option.clock, CLOCKS)
            kind = read_choice("--launcher", option.launcher, LAUNCHERS)
            sandbox = read_choice("--sandbox", option.sandbox, SANDBOXES)
        except SettingError as exc:
            raise pytest.UsageError(str(exc)) from exc
        self.launcher = LateLauncher(kind)
        self.options = Options(
            seed,
            real_clock=clock == "real",
            sandbox=sandbox,
            width=1 if is_worker(config) or has_workers(config) else cores(),
        )
        if option.capture == "no" and not is_worker(config):
            # What they print is read as it comes.
            self.options.width = 1
            self.options.standard = lambda check: (0, 1, 2)
            # With a terminal there may be a debugger in use.
            self.options.patient = os.isatty(0)
        self.elsewhere: Path | None = None
        self._gradings: dict[Path, RecordedGrading] = {}
        if option.submission is not None:
            self.elsewhere = Path(option.submission)

    def grading(self, folder: Path) -> RecordedGrading:
        """The grading of the kata in a folder; one for the whole session.

        Raises:
            KataError: the folder holds no kata that can be graded.
            SubmissionError: there is nothing that can be graded.
        """
        if folder not in self._gradings:
            kata = load_kata(folder)
            submission = read_submission(
                self.elsewhere or folder, kata.manifest.file, kata.folder
            )
            self._gradings[folder] = RecordedGrading(
                kata, submission, self.launcher, self.options
            )
        return self._gradings[folder]

    def look(self, folder: Path) -> Kata:
        """Find out early whether there is a kata, and the file that stands in for it.

        Returns:
            The kata.

        Raises:
            KataError: the folder holds no kata.
            SubmissionError: the file cannot be read.
        """
        kata = load_kata(folder)
        if self.elsewhere is not None:
            read_submission(self.elsewhere, kata.manifest.file)
        return kata


GRADER = pytest.StashKey[Grader]()


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs tests for another one that reports them."""
    return hasattr(config, "workerinput")


def has_workers(config: pytest.Config) -> bool:
    """Whether other processes run the tests that this one reports."""
    return not is_worker(config) and config.getoption("dist", "no") != "no"

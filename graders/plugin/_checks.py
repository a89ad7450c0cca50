"""A kata as pytest collects it: a folder, a submission, and an item for each check."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

from graders.plugin._grader import GRADER
from graders.plugin._interrupts import interruptible
from graders.plugin._targets import APP
from graders.plugin._told import Told
from graders.proctor import (
    GRADER_ERROR,
    PASSED,
    Check,
    CommonCheck,
    Finding,
    KataError,
    LauncherFailed,
    Result,
    SubmissionError,
    load_kata,
)
from graders.reports import (
    RecordedGrading,
    grader_error_lines,
    result_lines,
    short_reason,
    stopped_lines,
)

_NOT_GRADED = "the submission could not be graded"


class Outcome(msgspec.Struct):
    """What a report carries of one check, also from another process.

    Attributes:
        position: the check's place among the `checks` of its kata.
        stopped: verdict and finding, when the submission cannot be graded at all.
    """

    kata: str
    seed: str
    result: Result
    position: int
    checks: int
    stopped: tuple[str, Finding] | None = None

    def told(self) -> Told:
        """How it is shown when it is a failure."""
        if self.stopped is not None:
            status, finding = self.stopped
            message = f"{status}: {finding.saw}"
            return Told(lambda width: stopped_lines(status, finding, width), message)
        result = self.result
        return Told(lambda width: result_lines(result, width), short_reason(result))


def grader_failed(error: str) -> Told:
    """How it is shown when the grader itself went wrong."""
    return Told(
        lambda width: grader_error_lines(error), "the grader failed, not your code"
    )


class KataFolder(pytest.Directory):
    """The folder of a kata. Nothing in it is imported by pytest, unless named."""

    def collect(self) -> Iterable[pytest.Collector]:
        file = self.path / _file_of(self.path)
        if file.name == APP or not self.session.isinitpath(file):
            yield SubmissionFile.from_parent(self, path=file)
        # Tests run a submission in this process: only when asked for by name.
        for path in sorted(self.path.glob("*.py")):
            if path.name != APP and self.session.isinitpath(path):
                yield from self.ihook.pytest_collect_file(file_path=path, parent=self)


def _file_of(folder: Path) -> str:
    try:
        return load_kata(folder).manifest.file
    except KataError:
        # Said in better words when the submission is collected.
        return APP


class SubmissionFile(pytest.File):
    """What is graded: the file in the kata's folder, or one that stands in for it."""

    def collect(self) -> Iterator[CheckItem]:
        try:
            grading = self.config.stash[GRADER].grading(self.path.parent)
        except (KataError, SubmissionError) as exc:
            raise self.CollectError(str(exc)) from exc
        for check in grading.grading.checks:
            yield CheckItem.from_parent(
                self, name=check.name, check=check, grading=grading
            )


class CheckItem(pytest.Item):
    """One check of a submission.

    Attributes:
        bears: whether it is the one that fails when the submission cannot be graded.
        outcome: set once the check was made.
        told: what is shown, set when it fails.
    """

    def __init__(
        self, *, check: Check | CommonCheck, grading: RecordedGrading, **options: Any
    ) -> None:
        super().__init__(**options)
        self.check = check
        self.grading = grading
        self.bears = False
        self.outcome: Outcome | None = None
        self.told: Told | None = None
        self.add_marker(check.category)
        if self.config.stash[GRADER].options.patient:
            # Nobody debugs against a stop-watch.
            self.add_marker(pytest.mark.timeout(0))

    @property
    def printed(self) -> str:
        return self.grading.printed(self.check.name)

    def setup(self) -> None:
        # In pytest's words what goes wrong here is an error, not a failure.
        grading = self.grading
        went_well = bool(grading.asked) and grading.grading.stopped is None
        try:
            with interruptible():
                result = grading.result(self.check)
        except LauncherFailed as exc:
            self._fail(grader_failed(str(exc)))
        except Exception:
            self._fail(grader_failed(traceback.format_exc()))
        stopped = grading.grading.stopped
        tells = stopped is not None and (self.bears or went_well)
        kata = grading.grading.kata
        checks = grading.grading.checks
        self.outcome = Outcome(
            kata.slug,
            grading.seed,
            result,
            checks.index(self.check),
            len(checks),
            stopped,
        )
        self.user_properties += [
            ("kata", kata.slug),
            ("title", result.title),
            ("category", result.category),
            ("points", result.points),
            ("score", result.score),
        ]
        if stopped is not None and not tells:
            pytest.skip(_NOT_GRADED)
        if result.outcome == GRADER_ERROR:
            self._fail(self.outcome.told())

    def runtest(self) -> None:
        assert self.outcome is not None
        if self.outcome.result.outcome != PASSED:
            self._fail(self.outcome.told())

    def _fail(self, told: Told) -> NoReturn:
        self.told = told
        pytest.fail(str(told), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


def choose_bearers(items: Iterable[pytest.Item]) -> None:
    """Let the first check of each submission say that it cannot be graded."""
    for first, *_ in _by_grading(items):
        first.bears = True


def begin(items: Iterable[pytest.Item]) -> None:
    """Begin with all checks; see `Grading.begin`."""
    for own in _by_grading(items):
        own[0].grading.begin([item.check for item in own])


def _by_grading(items: Iterable[pytest.Item]) -> list[list[CheckItem]]:
    """The checks of each submission, in the order in which they run."""
    found: dict[int, list[CheckItem]] = {}
    for item in items:
        if isinstance(item, CheckItem):
            found.setdefault(id(item.grading), []).append(item)
    return list(found.values())

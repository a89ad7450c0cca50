"""Grades in a process of its own, so that keys are heard and saves seen meanwhile."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from graders.proctor import (
    PASSED,
    Kata,
    KataError,
    Launcher,
    Options,
    Submission,
    Verdict,
    load_kata,
)
from graders.reports import RecordedGrading
from graders.settings import cores
from graders.workers import Pool, Tell

# Real seconds that a grading may stand in the way of a newer one.
_IN_THE_WAY = 1.0
# Bytes of what the process that grades has complained of.
_COMPLAINT = 2**16


@dataclass(frozen=True)
class Step:
    """So many of a submission's own checks have been made."""

    done: int
    checks: int


@dataclass(frozen=True)
class Graded:
    """A verdict, and what the submission printed during each check that failed."""

    verdict: Verdict
    printed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stuck:
    """There is no verdict.

    Attributes:
        error: what went wrong with the grader.
        sentence: instead, what the learner can mend.
    """

    error: str = ""
    sentence: str = ""


Said: TypeAlias = Step | Graded | Stuck
# A kata's folder, and what is to be graded.
_Order: TypeAlias = tuple[Path, Submission]


class Grader:
    """Grades what it is given, the newest first; nothing is said of what is older.

    Args:
        in_the_way: real seconds after which a grading is ended for a newer one; before
            that the newer one waits for the end of a check, which takes less.
        now: a clock, in seconds.
    """

    def __init__(
        self,
        in_the_way: float = _IN_THE_WAY,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._in_the_way = in_the_way
        # The screen belongs to others.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - see `close`
        # Whoever saves the file again is the one who tries again.
        self._pool: Pool[_Order, Said] = Pool(
            _graded, tries=1, stderr=self._complaints, now=now
        )
        self._newest: _Order | None = None

    @property
    def wires(self) -> list[Connection]:
        """One of them is readable when there is something to `receive`."""
        return self._pool.wires

    @property
    def patience(self) -> float | None:
        """Real seconds until it is time to `receive` in any case; None for never."""
        return self._pool.patience

    def order(self, kata: Kata, submission: Submission) -> None:
        """Ask for a verdict, instead of what was asked for before."""
        self.forget()
        self._newest = kata.folder, submission
        self._pool.order(self._newest)

    def forget(self) -> None:
        """What was asked for is of no use any more."""
        if self._newest is not None:
            self._pool.cancel(self._newest, within=self._in_the_way)

    def receive(self, timeout: float | None = None) -> list[Said]:
        """What there is to say of the newest order.

        Args:
            timeout: real seconds to wait for it; None for as long as it takes.
        """
        return [
            Stuck(f"{self._complaint()}\n{answer.trouble}".strip())
            if answer.value is None
            else answer.value
            for _, answer in self._pool.collect(timeout)
        ]

    def _complaint(self) -> str:
        """What the process that grades has written; the next one finds a clean page."""
        page = self._complaints.fileno()
        written = os.pread(page, _COMPLAINT, 0)
        self._complaints.truncate(0)
        os.lseek(page, 0, os.SEEK_SET)
        return written.decode("utf-8", "replace")

    def close(self) -> None:
        """End the process, and every host with it."""
        self._pool.close()
        self._complaints.close()


def _graded(order: _Order, hosts: Launcher, tell: Tell[Said]) -> Said:
    """What a worker does."""
    folder, submission = order
    try:
        options = Options(width=cores())
        grading = RecordedGrading(load_kata(folder), submission, hosts, options)
        checks = grading.grading.suite.checks
        grading.begin()
        for done, check in enumerate(checks):
            tell(Step(done, len(checks)))
            grading.result(check)
        tell(Step(len(checks), len(checks)))
        verdict = grading.verdict()
    except KataError as exc:
        return Stuck(sentence=str(exc))
    failed = [one.name for one in verdict.results if one.outcome != PASSED]
    printed = {name: text for name in failed if (text := grading.printed(name))}
    return Graded(verdict, printed)

"""Grades in a process of its own, so that keys are heard and saves seen meanwhile."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import IO, NoReturn

import graders.suites
from graders.proctor import (
    PASSED,
    Kata,
    KataError,
    Launcher,
    LauncherFailed,
    Options,
    Submission,
    Verdict,
    launcher,
    load_kata,
)
from graders.reports import RecordedGrading

# Real seconds: how long a grading may stand in the way of a newer one, and how long the
# process that grades gets to end its hosts when it shall end itself.
_IN_THE_WAY, _TO_END = 1.0, 5.0


@dataclass(frozen=True)
class _Order:
    """Grade this. A newer order takes the place of an older one."""

    number: int
    folder: Path
    submission: Submission


@dataclass(frozen=True)
class Step:
    """So many of a submission's own checks have been made."""

    number: int
    done: int
    checks: int


@dataclass(frozen=True)
class Graded:
    """A verdict, and what the submission printed during each check that failed."""

    number: int
    verdict: Verdict
    printed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stuck:
    """There is no verdict.

    Attributes:
        error: what went wrong with the grader.
        sentence: instead, what the learner can mend.
    """

    number: int
    error: str = ""
    sentence: str = ""


class Grader:
    """Grades what it is given, the newest first.

    Args:
        in_the_way: real seconds after which a grading is ended for a newer one; before
            that the newer one waits for the end of a check, which takes less.
        now: a clock, in seconds.

    Attributes:
        number: that of the newest order; what is said of older ones is out of date.
    """

    def __init__(
        self,
        in_the_way: float = _IN_THE_WAY,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number = 0
        self._in_the_way = in_the_way
        self._now = now
        self._ordered = 0
        # The newest order, while an older one is still being graded.
        self._behind: _Order | None = None
        self._busy_since: float | None = None
        self._wire: Connection | None = None
        self._process: SpawnProcess | None = None

    @property
    def wires(self) -> list[Connection]:
        """Readable when there is something to `receive`; none where nothing can be."""
        return [] if self._wire is None else [self._wire]

    @property
    def patience(self) -> float | None:
        """Real seconds until it is time to `hurry`; None when nothing is in the way."""
        if self._behind is None or self._busy_since is None:
            return None
        return max(0.0, self._busy_since + self._in_the_way - self._now())

    def order(self, kata: Kata, submission: Submission) -> None:
        """Ask for a verdict, instead of what was asked for before."""
        self.number += 1
        order = _Order(self.number, kata.folder, submission)
        if self._busy_since is not None:
            self._behind = order
        self._send(order)

    def hurry(self) -> None:
        """End what has been in the way of the newest order for too long."""
        if self._behind is not None and self.patience == 0:
            self._send(self._behind)

    def _send(self, order: _Order) -> None:
        if self.patience == 0:
            self.close()
        if self._wire is None:
            # Not forked: this process has a thread that watches files.
            context = multiprocessing.get_context("spawn")
            self._wire, theirs = context.Pipe()
            arguments = theirs, list(graders.suites.__path__)
            self._process = context.Process(target=_work, args=arguments, daemon=True)
            self._process.start()
            theirs.close()
        if self._busy_since is None:
            self._busy_since = self._now()
        self._ordered = order.number
        with contextlib.suppress(BrokenPipeError):
            # A process that is gone says so when it is listened to.
            self._wire.send(order)

    def forget(self) -> None:
        """What was asked for is of no use any more."""
        self.number += 1
        self._behind = None

    def receive(self) -> Step | Graded | Stuck:
        """What the process says next. If it is gone, the next order starts it anew."""
        assert self._wire is not None
        try:
            said: Step | Graded | Stuck = self._wire.recv()
        except (EOFError, OSError):
            self.close()
            return Stuck(self.number, "The process that grades has ended.")
        if said.number == self._ordered:
            self._behind = None
            if not isinstance(said, Step):
                self._busy_since = None
        return said

    def close(self) -> None:
        """End the process, and every host with it."""
        if self._wire is None or self._process is None:
            return
        self._wire.close()
        self._process.terminate()
        self._process.join(_TO_END)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._wire = self._process = self._busy_since = self._behind = None


# --- in the other process -------------------------------------------------------------


def _work(wire: Connection, suites: list[str]) -> None:
    # Ctrl-C is for the process at the terminal, which ends this one in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    graders.suites.__path__ = suites
    with _complaints() as paper, launcher() as hosts, contextlib.suppress(EOFError):
        order: _Order | None = None
        while True:
            order = _grade(order or wire.recv(), wire, hosts, paper)


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit


@contextlib.contextmanager
def _complaints() -> Iterator[IO[bytes]]:
    """What is written to standard error goes here: the screen belongs to others."""
    with tempfile.TemporaryFile() as paper:
        os.dup2(paper.fileno(), sys.stderr.fileno())
        yield paper


def _grade(
    order: _Order, wire: Connection, hosts: Launcher, paper: IO[bytes]
) -> _Order | None:
    """Grade, unless a newer order comes meanwhile: then that is returned."""
    try:
        grading = RecordedGrading(
            load_kata(order.folder), order.submission, hosts, Options()
        )
        checks = grading.grading.suite.checks
        wire.send(Step(order.number, 0, len(checks)))
        for done, check in enumerate(checks, 1):
            grading.result(check)
            if wire.poll():
                newer: _Order = wire.recv()
                return newer
            wire.send(Step(order.number, done, len(checks)))
        verdict = grading.verdict()
    except KataError as exc:
        wire.send(Stuck(order.number, sentence=str(exc)))
    except LauncherFailed as exc:
        complaint = os.pread(paper.fileno(), 2**16, 0).decode("utf-8", "replace")
        wire.send(Stuck(order.number, f"{complaint}\n{exc}".strip()))
    except (EOFError, BrokenPipeError):
        raise EOFError from None
    except Exception:
        wire.send(Stuck(order.number, traceback.format_exc()))
    else:
        failed = [one.name for one in verdict.results if one.outcome != PASSED]
        printed = {name: text for name in failed if (text := grading.printed(name))}
        wire.send(Graded(order.number, verdict, printed))
    return None

"""Keeps what a submission prints while it is graded, to show it when a check fails."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from contextlib import ExitStack
from typing import IO

from graders.proctor import (
    PASSED,
    Always,
    Check,
    Grading,
    Kata,
    Launcher,
    Options,
    Result,
    Submission,
    Verdict,
)
from graders.reports._lines import WIDTH, Line, cut, escape_lines

LIMIT = 64 * 1024


class RecordedGrading:
    """A `Grading` that keeps what was printed during each check that failed.

    Where `options.standard` is given, the submission prints there and nothing is kept.
    """

    def __init__(
        self,
        kata: Kata,
        submission: Submission,
        launcher: Launcher,
        options: Options,
    ) -> None:
        self._keeps = options.standard is None
        if self._keeps:
            options = dataclasses.replace(options, standard=self._descriptors)
        self.grading = Grading(kata, submission, launcher, options)
        self.seed = options.seed
        self._printed: dict[str, str] = {}
        self.asked: set[str] = set()
        self._paper: tuple[IO[bytes], int] | None = None

    def result(self, one: Check | Always) -> Result:
        """The outcome of one check; it runs when it is asked for, and once."""
        # What every kata demands is judged over all of its own checks.
        own = [one] if isinstance(one, Check) else self.grading.suite.checks
        for check in own:
            if check.name not in self.asked and self.grading.stopped is None:
                self._sit(check)
                self.asked.add(check.name)
        return self.grading.result(one)

    def verdict(self) -> Verdict:
        """The outcome of the submission."""
        for check in self.grading.suite.checks:
            self.result(check)
        return self.grading.verdict()

    def printed(self, name: str) -> str:
        """What the submission printed during a check that failed."""
        return self._printed.get(name, "")

    def _sit(self, check: Check) -> None:
        if not self._keeps:
            self.grading.result(check)
            return
        with ExitStack() as stack:
            paper = stack.enter_context(tempfile.TemporaryFile())
            nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            stack.callback(os.close, nothing)
            self._paper = paper, nothing
            stack.callback(setattr, self, "_paper", None)
            result = self.grading.result(check)
            if result.outcome != PASSED:
                self._printed[check.name] = _text(paper)

    def _descriptors(self) -> tuple[int, int, int]:
        assert self._paper is not None
        paper, nothing = self._paper
        return nothing, paper.fileno(), paper.fileno()


def printed_lines(title: str, printed: str, width: int = WIDTH) -> list[Line]:
    """What was printed during a check, under a heading; nothing if nothing was.

    Args:
        width: columns there are.
    """
    if not printed:
        return []
    heading = cut(f"--- printed during: {title}", width)
    lines: list[Line] = [[(text, "")] for text in printed.splitlines()]
    return [[(heading, "dim")], *lines, []]


def _text(paper: IO[bytes]) -> str:
    # Not through the file's own position: the submission moves it as well.
    content = os.pread(paper.fileno(), LIMIT + 1, 0)
    text = escape_lines(content[:LIMIT].decode("utf-8", "backslashreplace"))
    if len(content) > LIMIT:
        text += f"\n(cut after {LIMIT // 1024} KB)"
    return text

"""Keeps what a submission prints while it is graded, to show it when a check fails."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterable

from graders.proctor import (
    PASSED,
    Check,
    CommonCheck,
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
_CHUNK = 1024 * 1024


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
        if options.standard is None:
            options = dataclasses.replace(options, standard=self._descriptors)
        self.grading = Grading(kata, submission, launcher, options)
        self.seed = options.seed
        self._printed: dict[str, str] = {}
        self.asked: set[str] = set()
        # Asking for one check may make others as well: each has paper of its own.
        self._papers: dict[str, _Paper] = {}

    def begin(self, checks: Iterable[Check | CommonCheck] | None = None) -> None:
        """See `Grading.begin`."""
        self.grading.begin(checks)

    def result(self, one: Check | CommonCheck) -> Result:
        """The outcome of one check; it runs when it is asked for, and once."""
        # What every kata demands is judged over all of its own checks.
        own = [one] if isinstance(one, Check) else self.grading.suite.checks
        for check in own:
            if check.name not in self.asked and self.grading.stopped is None:
                self._ask(check)
                self.asked.add(check.name)
        return self.grading.result(one)

    def verdict(self) -> Verdict:
        """The outcome of the submission."""
        self.begin()
        for check in self.grading.suite.checks:
            self.result(check)
        return self.grading.verdict()

    def printed(self, name: str) -> str:
        """What the submission printed during a check that failed."""
        return self._printed.get(name, "")

    def _ask(self, check: Check) -> None:
        try:
            result = self.grading.result(check)
        finally:
            # Others may be printed on by checks that are carried out ahead.
            done = (one for one in list(self._papers) if not self.grading.is_ahead(one))
            for name in done:
                self._printed[name] = self._papers.pop(name).close()
        if result.outcome == PASSED or result.withheld:
            self._printed.pop(check.name, None)

    def _descriptors(self, check: str) -> tuple[int, int, int]:
        # A property is carried out again, until its plan is the simplest: the last
        # time counts, and nobody prints on the paper of those before any more.
        if check in self._papers:
            self._papers.pop(check).close()
        paper = self._papers[check] = _Paper()
        return paper.nothing, paper.writer, paper.writer


class _Paper:
    """What a submission prints on: a pipe, of which the first `LIMIT` bytes are kept.

    However much is printed, it takes no room, and whoever prints never waits for long.

    Attributes:
        writer: a descriptor to print on.
        nothing: a descriptor from which nothing can be read.
    """

    def __init__(self) -> None:
        self.nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._reader, self.writer = os.pipe()
        self._kept = bytearray()
        self._printed = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while chunk := os.read(self._reader, _CHUNK):
            self._printed += len(chunk)
            self._kept += chunk[: LIMIT - len(self._kept)]

    def close(self) -> str:
        """End it, when whoever printed is gone, and return the text."""
        os.close(self.writer)
        self._thread.join()
        os.close(self._reader)
        os.close(self.nothing)
        text = escape_lines(self._kept.decode("utf-8", "backslashreplace"))
        if self._printed > LIMIT:
            text += f"\n(cut after {LIMIT // 1024} KB of {_size(self._printed)})"
        return text


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{count // 1024} KB"


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

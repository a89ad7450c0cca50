"""Searches for plans that tell a submission from the solution of its kata."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.proctor import (
    FAILED,
    Check,
    Finding,
    Grading,
    Kata,
    Launcher,
    Options,
    read_submission,
)
from graders.reports import Line, Role

# Plans of one host: enough that its start does not count, few enough that a deadlock
# of one does not cost many.
_IN_ONE_HOST = 50


@dataclass(frozen=True)
class Told:
    """What a search has come to for one submission and one property.

    Attributes:
        plans: how many were carried out.
        plan: the simplest that tells it from the solution; None if there is none.
        finding: what a learner would read.
        error: what went wrong with the suite, if that is what ended the search.
    """

    path: Path
    check: Check
    plans: int
    plan: Any = None
    finding: Finding | None = None
    error: str = ""

    @property
    def differs(self) -> bool:
        """Whether something must be mended, if the submission is a right one."""
        return bool(self.error) or self.finding is not None

    def line(self) -> Line:
        """One line for a terminal."""
        found = f"same over {self.plans} plans"
        if self.error:
            found = f"grader error: {self.error}"
        elif self.finding is not None:
            finding = self.finding
            found = f"told by plan {self.plans}: {finding.expected}; {finding.saw}"
        style: Role = "" if self.plan is None else "strong"
        return [(f"{self.path.parent.name}/{self.path.stem}  ", "dim"), (found, style)]


def properties(grading: Grading) -> list[Check]:
    """The checks of a suite that hold for every schedule."""
    return [one for one in grading.suite.checks if one.schedule is not None]


def explore(
    kata: Kata, paths: Sequence[Path], hosts: Launcher, *, plans: int, seed: str
) -> Iterator[Told]:
    """Carry out plans on each submission until one tells it from the solution.

    Args:
        paths: the submissions.
        plans: how many for each of them and each property.
        seed: they are drawn from it.
    """
    for path in paths:
        submission = read_submission(path, kata.manifest.file)
        # Whoever asks for so many plans gives the time for them.
        grading = Grading(kata, submission, hosts, Options(seed, budget=math.inf))
        for check in properties(grading):
            yield _search(grading, check, path, plans, seed)


def _search(grading: Grading, check: Check, path: Path, plans: int, seed: str) -> Told:
    assert check.schedule is not None
    done = 0
    while done < plans:
        count = min(_IN_ONE_HOST, plans - done)
        drawn = check.schedule.drawn(f"explore/{seed}/{done}", count)
        sitting, plan = grading.sit_through(check, drawn)
        done += count
        result = sitting.result
        if result.error:
            return Told(path, check, done, error=result.error)
        if plan is not None or result.outcome == FAILED:
            finding = result.findings[0] if result.findings else None
            return Told(path, check, done, plan, finding)
    return Told(path, check, done)

"""Verdicts: the outcome of one submission. Every report is a pure function of one."""

from __future__ import annotations

import msgspec

from graders.proctor._findings import Finding

PASSED = "passed"
FAILED = "failed"
GRADER_ERROR = "grader error"


class Result(msgspec.Struct, frozen=True):
    """One check's outcome.

    Attributes:
        outcome: "passed", "failed" or "grader error".
        findings: why it failed.
        error: what went wrong with the grader itself.
    """

    name: str
    title: str
    category: str
    points: int
    outcome: str
    findings: list[Finding] = []
    error: str = ""

    @property
    def score(self) -> int:
        return self.points if self.outcome == PASSED else 0


class Verdict(msgspec.Struct, frozen=True):
    """One submission's outcome.

    Attributes:
        status: "passed", "failed", "not loaded", "deadlocked", "timed out", "crashed",
            "tampered" or "grader error".
        reason: one line, where no check could be made.
        finding: the line of the learner's code, where no check could be made.
    """

    kata: str
    status: str
    seed: str
    results: list[Result] = []
    reason: str = ""
    finding: Finding | None = None

    @property
    def score(self) -> int:
        return sum(result.score for result in self.results)

    @property
    def points(self) -> int:
        return sum(result.points for result in self.results)

    def by_category(self) -> dict[str, tuple[int, int]]:
        """Score and points of each category that was graded."""
        table: dict[str, tuple[int, int]] = {}
        for result in self.results:
            score, points = table.get(result.category, (0, 0))
            table[result.category] = (score + result.score, points + result.points)
        return table

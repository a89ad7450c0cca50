"""Verdicts: the outcome of one submission. Every report is a pure function of one."""

from __future__ import annotations

from typing import Literal

import msgspec

from graders.proctor.verdict.findings import Count, Finding, Seconds

PASSED = "passed"
FAILED = "failed"
GRADER_ERROR = "grader error"

SCHEMA = "async-katas/verdict/v1"


class Result(msgspec.Struct, frozen=True):
    """One check's outcome.

    Attributes:
        outcome: "passed", "failed" or "grader error".
        findings: why it failed.
        error: what went wrong with the grader itself.
        score: the points that were earned; all or none, but where several checks are
            told as one.
        withheld: whether it failed for one reason alone: a submission that does nothing
            passes it as well, and no other check has passed that would show more.
    """

    name: str
    title: str
    category: str
    points: Count
    outcome: str
    findings: list[Finding] = []
    error: str = ""
    score: Count = 0
    withheld: bool = False

    def __post_init__(self) -> None:
        if self.outcome == PASSED:
            msgspec.structs.force_setattr(self, "score", self.points)


class Provenance(msgspec.Struct, frozen=True):
    """What was graded, by what, and behind which walls.

    Attributes:
        submission: SHA-256 of the learner's text, in hexadecimal digits.
        suite: SHA-256 of all that decides on a verdict besides: the kata, its suite,
            the graders and the libraries' releases.
        grader: the release of Async Katas.
        python: the release of Python that ran the submission.
        walls: what stood around the submission, as "landlock".
        untested: what ran it that the graders have not been tested with, as
            "fastapi 1.2.0".
        missing: what the platform lacks that grading makes use of, as "thread states".
    """

    submission: str = ""
    suite: str = ""
    grader: str = ""
    python: str = ""
    walls: list[str] = []
    untested: list[str] = []
    missing: list[str] = []


class Verdict(msgspec.Struct, frozen=True):
    """One submission's outcome.

    The same submission, suite, seed and walls give the same verdict, byte for byte but
    for `duration`.

    Attributes:
        status: "passed", "failed", "not loaded", "deadlocked", "timed out", "crashed",
            "out of memory", "tampered" or "grader error".
        reason: one line, where no check could be made.
        finding: the line of the learner's code, where no check could be made.
        score, points: the sums over all checks.
        learner: whose submission it is, where that is known.
        notes: what a person should know and no check judges, as a file that was
            handed in and not used.
        duration: real seconds that grading took.
        other: a verdict on the same submission that differs, where one was found: the
            outcome is unstable.
    """

    kata: str
    status: str
    seed: str
    results: list[Result] = []
    reason: str = ""
    finding: Finding | None = None
    score: int = 0
    points: int = 0
    learner: str = ""
    notes: list[str] = []
    provenance: Provenance = Provenance()
    duration: Seconds = 0.0
    other: Verdict | None = None
    schema: Literal["async-katas/verdict/v1"] = "async-katas/verdict/v1"

    def __post_init__(self) -> None:
        for name in ("score", "points"):
            total = sum(getattr(result, name) for result in self.results)
            msgspec.structs.force_setattr(self, name, total)

    @property
    def timeless(self) -> Verdict:
        """All of it that must be the same whenever it is formed anew."""
        return msgspec.structs.replace(self, duration=0.0)

    def by_category(self) -> dict[str, tuple[int, int]]:
        """Score and points of each category that was graded."""
        table: dict[str, tuple[int, int]] = {}
        for result in self.results:
            score, points = table.get(result.category, (0, 0))
            table[result.category] = (score + result.score, points + result.points)
        return table

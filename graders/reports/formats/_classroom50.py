"""Classroom 50's result.json, version 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graders.proctor import GRADER_ERROR, PASSED, Verdict
from graders.reports._errors import ReportError
from graders.reports._lines import escape
from graders.reports._remarks import remarks
from graders.reports.formats._own import dumps
from graders.reports.formats._told import names, stop, told, was_run

_SCHEMA = "classroom50/result/v1"
_VARIABLES = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "owner": "USERNAME",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}


@dataclass(frozen=True)
class Tagged:
    """The tagged commit that was graded, as Classroom 50's runner names it.

    Attributes:
        owner: the login that the learner's repository is named for.
        submission: the tag, "submit/...".
        commit, release, review: links.
        committed: when the commit was made; the same however often it is graded.
        kind: "individual", "group" or "team".
    """

    classroom: str
    assignment: str
    owner: str
    submission: str
    commit: str
    release: str
    review: str
    committed: datetime
    kind: str = "individual"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Tagged:
        """Read what the runner sets for an autograder, and COMMIT_DATE.

        Raises:
            ReportError: something is missing, or is no date.
        """
        needed = [*_VARIABLES.values(), "COMMIT_DATE"]
        missing = [name for name in needed if not environment.get(name)]
        if missing:
            raise ReportError(
                f"classroom50 needs {', '.join(missing)} in the environment: "
                "Classroom 50's runner sets them, but for "
                "COMMIT_DATE=$(git show -s --format=%cI)."
            )
        return cls(
            **{field: environment[name] for field, name in _VARIABLES.items()},
            committed=_date(environment["COMMIT_DATE"]),
            kind=environment.get("MODE") or "individual",
        )


def _date(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise ReportError(
            f"COMMIT_DATE {text!r} is no date with a time zone: set it to the output "
            "of 'git show -s --format=%cI'."
        )
    return found


def classroom50(verdict: Verdict, tagged: Tagged) -> str:
    """One test for each check, in whole points.

    A grader error has no points at all, as the format asks.
    """
    report: dict[str, Any] = {
        "schema": _SCHEMA,
        "classroom": tagged.classroom,
        "assignment": tagged.assignment,
        "assignment_type": tagged.kind,
        "owner": tagged.owner,
        "submission": tagged.submission,
        "commit": tagged.commit,
        "release": tagged.release,
        "review": tagged.review,
        "datetime": tagged.committed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": 0,
        "max-score": 0,
        "tests": _about(verdict),
    }
    if verdict.status != GRADER_ERROR:
        report["score"] = verdict.score
        report["max-score"] = verdict.points
        report["tests"] += _tests(verdict)
    return dumps(report)


def _about(verdict: Verdict) -> list[dict[str, Any]]:
    """A test without points, where something is to be said about the submission."""
    lines = [line for line in (stop(verdict), *remarks(verdict)) if line]
    if not lines:
        return []
    return [
        {
            "test-name": "The submission",
            "passed": verdict.status == PASSED,
            "score": 0,
            "max-score": 0,
            "message": "\n".join(lines),
        }
    ]


def _tests(verdict: Verdict) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = []
    for name, result in zip(names(verdict.results), verdict.results, strict=True):
        tests.append(
            {
                "test-name": name,
                "passed": result.outcome == PASSED,
                "score": result.score,
                "max-score": result.points,
                "category": escape(result.category),
                "message": told(result) if was_run(verdict) else "",
            }
        )
    return tests

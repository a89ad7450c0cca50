"""Gradescope's results.json."""

from __future__ import annotations

from typing import Any

from graders.proctor import GRADER_ERROR, PASSED, Result, Verdict
from graders.reports._lines import escape
from graders.reports._remarks import remarks
from graders.reports.formats._own import dumps
from graders.reports.formats._told import drawn, names, stop, total, was_run


def gradescope(verdict: Verdict) -> str:
    """One test for each check, with the points it is worth.

    A grader error carries no score at all: a score would be a mark. The platform then
    says that the autograder failed, and tells the staff.
    """
    marked = verdict.status != GRADER_ERROR
    report: dict[str, Any] = {
        "execution_time": verdict.duration,
        "output": "\n".join(_output(verdict)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {
            "schema": verdict.schema,
            "kata": escape(verdict.kata),
            "status": escape(verdict.status),
            "seed": escape(verdict.seed),
            "unstable": verdict.other is not None,
        },
    }
    if marked and not verdict.results:
        report["score"] = verdict.score
    titles = names(verdict.results)
    report["tests"] = [
        _test(result, name, number, marked=marked, ran=was_run(verdict))
        for number, (name, result) in enumerate(
            zip(titles, verdict.results, strict=True), 1
        )
    ]
    return dumps(report)


def _output(verdict: Verdict) -> list[str]:
    lines = [total(verdict)] if verdict.status != GRADER_ERROR else []
    lines += [stop(verdict)] if stop(verdict) else []
    return lines + remarks(verdict)


def _test(
    result: Result, name: str, number: int, *, marked: bool, ran: bool
) -> dict[str, Any]:
    passed = result.outcome == PASSED
    test: dict[str, Any] = {
        "name": name,
        "number": str(number),
        "status": "passed" if passed else "failed",
        "output": drawn(result) if ran else "This check was not made.",
        "tags": [escape(result.category)] if result.category else [],
    }
    if marked:
        test |= {"score": result.score, "max_score": result.points}
    return test

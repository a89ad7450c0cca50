"""Exercism's results.json, version 3 of the interface for test runners."""

from __future__ import annotations

from typing import Any

from graders.proctor import FAILED, GRADER_ERROR, PASSED, Verdict
from graders.reports._remarks import remarks
from graders.reports.formats._own import dumps
from graders.reports.formats._told import drawn, names, stop, total, was_run

_LONGEST_MESSAGE, _LONGEST_OUTPUT = 65535, 500
_STATUS = {PASSED: "pass", FAILED: "fail", GRADER_ERROR: "error"}


def exercism(verdict: Verdict) -> str:
    """One test for each check; `error` where no check could be made.

    The format knows no points: each test's name ends with those it is worth.
    """
    if verdict.status == GRADER_ERROR or not was_run(verdict):
        lines = [stop(verdict) or total(verdict), *remarks(verdict)]
        return dumps({"version": 3, "status": "error", "message": _cut(lines)})
    tests: list[dict[str, Any]] = []
    if verdict.status not in (PASSED, FAILED):
        tests.append(_test("The submission", "fail", stop(verdict)))
    for name, result in zip(names(verdict.results), verdict.results, strict=True):
        shown = f"{name} ({result.score}/{result.points})"
        tests.append(_test(shown, _STATUS.get(result.outcome, "fail"), drawn(result)))
    status = "pass" if verdict.status == PASSED else "fail"
    if remarks(verdict):
        # What a test printed is the one place for what judges nothing.
        tests[0]["output"] = _cut(remarks(verdict), _LONGEST_OUTPUT)
    return dumps({"version": 3, "status": status, "tests": tests})


def _test(name: str, status: str, message: str) -> dict[str, Any]:
    test = {"name": name, "status": status}
    return test if status == "pass" else test | {"message": _cut([message])}


def _cut(lines: list[str], longest: int = _LONGEST_MESSAGE) -> str:
    text = "\n".join(lines)
    if len(text) <= longest:
        return text
    mark = "\n(cut)"
    return text[: longest - len(mark)] + mark

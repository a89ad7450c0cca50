"""What a runner of GitHub Classroom hands to its reporter (the older interface)."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from graders.proctor import FAILED, GRADER_ERROR, PASSED, Verdict
from graders.reports._remarks import remarks
from graders.reports.formats._told import drawn, names, site, stop, was_run

_STATUS = {PASSED: "pass", FAILED: "fail", GRADER_ERROR: "error"}


def github_classroom(verdict: Verdict) -> str:
    """Compact JSON with one test for each check.

    The reporter sends the sum of the tests' scores; it leaves a runner out that has
    no `max_score`, which is what a grader error needs.
    """
    marked = verdict.status != GRADER_ERROR
    tests: list[dict[str, Any]] = []
    lines = [line for line in (stop(verdict), *remarks(verdict)) if line]
    if lines:
        # Only the message of an error is shown, and it fails nothing by itself.
        tests.append(_test("The submission", "error", "\n".join(lines)))
    for name, result in zip(names(verdict.results), verdict.results, strict=True):
        text = drawn(result) if was_run(verdict) else ""
        test = _test(name, _STATUS.get(result.outcome, "fail"), text)
        where = site(result)
        tests.append(
            test
            | {
                "score": result.score if marked else 0,
                "line_no": where.line if where is not None else 0,
            }
        )
    report = {
        "version": 3,
        "status": _STATUS.get(verdict.status, "fail"),
        "max_score": verdict.points if marked else 0,
        "tests": tests,
    }
    return json.dumps(report, separators=(",", ":"))


def step_output(verdict: Verdict) -> str:
    """The line that a step writes to GITHUB_OUTPUT for the reporter."""
    encoded = base64.b64encode(github_classroom(verdict).encode()).decode()
    return f"result={encoded}\n"


def _test(name: str, status: str, text: str) -> dict[str, Any]:
    text = _no_command(text)
    return {
        "name": _no_command(name),
        "status": status,
        "score": 0,
        "message": text,
        # Shown under every test, whereas a failed one's message is not.
        "test_code": text,
        "filename": "",
        "line_no": 0,
        "duration": 0,
    }


def _no_command(text: str) -> str:
    """Text that commands nothing: the reporter prints it to the log as it is."""
    return re.sub(":(?=:)", ": ", text).replace("##[", "## [")

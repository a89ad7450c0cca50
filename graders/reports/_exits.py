"""Exit codes: a failed submission is told from a command that cannot be used."""

from __future__ import annotations

from graders.proctor import GRADER_ERROR, PASSED, Verdict

FAILED_EXIT, USAGE_EXIT, GRADER_EXIT = 1, 2, 3


def exit_code(verdict: Verdict) -> int:
    """0 when it passed, 1 when it did not, 3 when the grader itself failed."""
    if verdict.status == PASSED:
        return 0
    return GRADER_EXIT if verdict.status == GRADER_ERROR else FAILED_EXIT

"""Verdicts where none could be formed by grading. They are as complete as any other."""

from __future__ import annotations

from pathlib import Path

import msgspec

from graders.proctor import (
    GRADER_ERROR,
    Finding,
    Grading,
    Kata,
    Options,
    Result,
    Submission,
    Verdict,
    launcher,
)

NOT_LOADED = "not loaded"
# Where nothing says which kata was handed in.
NO_KATA = "unknown"


def not_loaded(kata: Kata | None, sentence: str, options: Options) -> Verdict:
    """The verdict on what cannot be read.

    Args:
        kata: None where nothing says which.
        sentence: why, for the learner.
    """
    file = kata.manifest.file if kata else "a kata"
    finding = Finding(f"{file} as a plain Python file", sentence, no_site="see above")
    empty = Submission(Path(file), file, "")
    verdict = _stopped(kata, empty, NOT_LOADED, finding, options)
    # A digest of nothing would look like one of something.
    provenance = msgspec.structs.replace(verdict.provenance, submission="")
    return msgspec.structs.replace(verdict, provenance=provenance)


def grader_failed(
    kata: Kata, submission: Submission, sentence: str, options: Options
) -> Verdict:
    """The verdict on what the grader could not cope with; nothing is counted.

    Args:
        sentence: why, for whoever runs the grader.
    """
    verdict = _stopped(kata, submission, GRADER_ERROR, Finding("", sentence), options)
    results = [_failed_by_us(result, sentence) for result in verdict.results]
    return msgspec.structs.replace(verdict, results=results, finding=None)


def _failed_by_us(result: Result, sentence: str) -> Result:
    return msgspec.structs.replace(result, outcome=GRADER_ERROR, error=sentence)


def _stopped(
    kata: Kata | None,
    submission: Submission,
    status: str,
    finding: Finding,
    options: Options,
) -> Verdict:
    bare = Verdict(
        kata.slug if kata else NO_KATA,
        status,
        options.seed,
        reason=finding.saw,
        finding=finding,
        notes=list(submission.notes),
    )
    if kata is None:
        return bare
    # Such a launcher starts nothing until it is asked to, and nobody asks.
    with launcher("spawn") as hosts:
        try:
            grading = Grading(kata, submission, hosts, options)
        except Exception:
            # The suite itself cannot be imported, so its checks are not known.
            return bare
        grading.stopped = status, finding
        return grading.verdict()

"""Grades where nobody looks on: whatever happens, there is a verdict."""

from __future__ import annotations

import traceback
from pathlib import Path

from graders.batch import grader_failed, not_loaded
from graders.proctor import (
    Grading,
    Kata,
    Options,
    Submission,
    SubmissionError,
    Verdict,
    launcher,
    read_submission,
)


def autograde(kata: Kata, place: Path, options: Options) -> Verdict:
    """Grade what was handed in.

    Args:
        place: the file, or a folder with it; it may lie one folder deeper, as where a
            whole folder was handed in.

    Returns:
        A verdict, whatever happens: "not loaded" where there is nothing that could be
        graded, "grader error" where grading itself failed (a traceback is printed).
    """
    file = kata.manifest.file
    try:
        submission = read_submission(_found(place, file), file)
    except SubmissionError as exc:
        return not_loaded(kata, str(exc), options)
    try:
        with launcher(expected=[kata.needs]) as hosts:
            return Grading(kata, submission, hosts, options).verdict()
    except Exception as exc:
        traceback.print_exc()
        reason = f"{type(exc).__name__}: {exc}"
        return grader_failed(kata, submission, reason, options)


def never_graded(kata: Kata, reason: str, options: Options) -> Verdict:
    """The verdict for when there could be none, with every check in it.

    Args:
        reason: what went wrong, for those who run the grader.
    """
    file = kata.manifest.file
    return grader_failed(kata, Submission(Path(file), file, ""), reason, options)


def _found(place: Path, file: str) -> Path:
    """The place, or the one folder in it that has the file."""
    if place.is_symlink() or not place.is_dir() or (place / file).exists():
        return place
    deeper = [path.parent for path in sorted(place.glob(f"*/{file}"))]
    return deeper[0] if len(deeper) == 1 and not deeper[0].is_symlink() else place

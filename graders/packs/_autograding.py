"""Grades where nobody looks on: whatever happens, there is a verdict."""

from __future__ import annotations

import traceback
from dataclasses import replace
from pathlib import Path

from graders.batch import grader_failed, not_loaded, one_hand_in
from graders.proctor import (
    Grading,
    Kata,
    Options,
    Submission,
    SubmissionError,
    Verdict,
    launcher,
)
from graders.settings import cores


def autograde(kata: Kata, place: Path, options: Options) -> Verdict:
    """Grade what was handed in.

    Args:
        place: the file, or a folder with it in one of the places where `kata grade`
            looks.

    Returns:
        A verdict, whatever happens: "not loaded" where there is nothing that could be
        graded, "grader error" where grading itself failed (a traceback is printed).
    """
    try:
        submission = one_hand_in(place, kata).read()
    except SubmissionError as exc:
        return not_loaded(kata, str(exc), options)
    try:
        with launcher(expected=[kata.needs]) as hosts:
            quick = replace(options, width=cores())
            return Grading(kata, submission, hosts, quick).verdict()
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

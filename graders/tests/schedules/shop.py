"""A kata of two files and one property, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from graders.proctor import (
    Check,
    Grading,
    Kata,
    Launcher,
    Manifest,
    Options,
    Submission,
    Suite,
)


def shop(root: Path, given: str, solution: str, *services: str) -> Kata:
    """Write a kata and its solution.

    Args:
        root: an empty folder.
        services: the functions of `given`, all of them `async`.
    """
    folder, reference = root / "katas" / "shop", root / "reference" / "shop"
    folder.mkdir(parents=True)
    reference.mkdir(parents=True)
    (folder / "given.py").write_text(dedent(given), encoding="utf-8")
    (reference / "solution.py").write_text(dedent(solution), encoding="utf-8")
    known = dict.fromkeys(services, "async")
    return Kata("shop", folder, Manifest("T", 1, "core", 1, "x", {}, [], known))


def grading(
    kata: Kata, source: str, check: Check, hosts: Launcher, seed: str = "1"
) -> Grading:
    """Grade a text by one check, and by the common ones."""
    label = kata.manifest.file
    submission = Submission(kata.folder / label, label, dedent(source).strip())
    suite = Suite([check], lambda exam: None)
    return Grading(kata, submission, hosts, Options(seed), suite=suite)

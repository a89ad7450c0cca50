"""What stands between a kata and its learners."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graders.reports import Line, Span, wrap


@dataclass(frozen=True)
class Problem:
    """One thing that must be mended.

    Attributes:
        place: the file or the check.
        text: a sentence: what is wrong, and the remedy.
    """

    place: str
    text: str


def name_of(path: Path) -> str:
    """A file as its author writes it: `katas/<slug>/app.py`."""
    parts = path.parts
    for top in ("katas", "reference", "suites"):
        if top in parts:
            start = len(parts) - 1 - parts[::-1].index(top)
            above = ("graders",) if top == "suites" else ()
            return "/".join((*above, *parts[start:]))
    return path.name


def problem_lines(problems: list[Problem], width: int) -> list[Line]:
    """Each problem under its place.

    Args:
        width: columns there are.
    """
    by_place: dict[str, list[Problem]] = {}
    for problem in problems:
        by_place.setdefault(problem.place, []).append(problem)
    lines: list[Line] = []
    for place, found in by_place.items():
        lines += [[(text, "strong")] for text in wrap(place, width)]
        for problem in found:
            mark: Span = ("  ✗ ", "bad")
            for text in wrap(problem.text, width - 4):
                lines.append([mark, (text, "")])
                mark = ("    ", "")
    return lines

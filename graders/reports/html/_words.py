"""How outcomes are called and marked. Never by colour alone: each has a sign."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from markupsafe import Markup

from graders.proctor import FAILED, GRADER_ERROR, PASSED, Result, Verdict
from graders.reports._lines import escape

Tone = Literal["good", "bad", "part", "odd", "none"]

TAMPERED = "tampered"
_CODE = re.compile(r"`([^`]+)`")


class Sign(NamedTuple):
    """How an outcome is shown.

    Attributes:
        tone: its colour, as a class of the style sheet.
        mark: one character.
        word: what it means.
    """

    tone: Tone
    mark: str
    word: str


RIGHT = Sign("good", "✓", PASSED)
WRONG = Sign("bad", "✗", FAILED)
PARTLY = Sign("part", "◐", "partly failed")
UNCHECKED = Sign("none", "·", "not checked")
BROKEN = Sign("odd", "!", GRADER_ERROR)
ABSENT = Sign("none", " ", "not there")
SIGNS = (RIGHT, WRONG, PARTLY, UNCHECKED, BROKEN)


def status_sign(status: str) -> Sign:
    """How the status of a verdict is shown."""
    known: dict[str, tuple[Tone, str]] = {
        PASSED: ("good", "✓"),
        FAILED: ("bad", "✗"),
        GRADER_ERROR: ("odd", "!"),
        TAMPERED: ("odd", "⚑"),
    }
    tone, mark = known.get(status, ("bad", "■"))
    return Sign(tone, mark, status)


def result_sign(result: Result, verdict: Verdict) -> Sign:
    """How the outcome of a check is shown."""
    if result.outcome == PASSED:
        return RIGHT
    if result.outcome == GRADER_ERROR:
        return BROKEN
    if not result.findings and is_stopped(verdict):
        return UNCHECKED
    return PARTLY if result.score else WRONG


def is_stopped(verdict: Verdict) -> bool:
    """Whether grading ended before every check was made."""
    return verdict.status not in (PASSED, FAILED, GRADER_ERROR)


def kata_title(slug: str, titles: Mapping[str, str] | None = None) -> str:
    """What a kata is called; its slug as words, where that is not known."""
    known = (titles or {}).get(slug)
    return known or slug.replace("_", " ").capitalize() or "No kata"


def visible(value: object) -> object:
    """A text in which nothing is hidden: no control characters, no bidi marks."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return escape(value)
    return value


def prose(text: str) -> Markup:
    """A sentence with its `code` marked as such, and everything else as text."""
    parts = _CODE.split(escape(text))
    # What the pattern caught stands at the odd places.
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(parts)
    )

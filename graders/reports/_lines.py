"""Lines of a report: text in roles, so that every kind of terminal can colour it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Literal

from graders.proctor import printable

Role = Literal["", "good", "bad", "dim", "strong"]
Span = tuple[str, Role]
Line = list[Span]

# As wide as reports are where nothing else is known, and at most.
WIDTH, WIDEST = 80, 120


def plain(lines: Iterable[Line]) -> str:
    """The lines without their roles, as one text."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def escape(text: str) -> str:
    """Text on one line in which nothing can steer a terminal."""
    return printable(text)


def escape_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(escape(line.expandtabs()) for line in text.split("\n"))


def wrap(text: str, width: int) -> list[str]:
    """Text that may be anything, cut into lines of at most `width` columns."""
    found = textwrap.wrap(escape(text), max(width, 20), break_on_hyphens=False)
    return found or [""]


def cut(text: str, width: int) -> str:
    """Text that may be anything, on one line of at most `width` columns."""
    text = escape(text)
    return text if len(text) <= width else text[: max(width - 1, 1)] + "…"


def seconds(value: float) -> str:
    """Seconds as people write them."""
    return f"{round(value, 6):g}"

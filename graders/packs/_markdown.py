"""Text that may be anything, in Markdown that a person reads raw or rendered."""

from __future__ import annotations

import re

from graders.reports import escape

# What begins or ends markup, HTML, an automatic link or a cell of a table.
_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&@]|:(?=/)")
_TICKS = re.compile("`+")


def plain_text(text: str, width: int = 0) -> str:
    """Text on one line that no renderer takes for markup.

    Args:
        width: cut it after so many characters; 0 for not at all.
    """
    return _MARKUP.sub(lambda found: "\\" + found[0], _cut(escape(text), width))


def code(text: str, width: int = 0) -> str:
    """The same as a code span."""
    shown = _cut(escape(text), width)
    longest = max(map(len, _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if longest else ""
    return f"{fence}{gap}{shown}{gap}{fence}"


def _cut(text: str, width: int) -> str:
    return text if not width or len(text) <= width else text[: width - 1] + "…"

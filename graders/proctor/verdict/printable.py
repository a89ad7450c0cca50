"""Text of others, in which nothing can steer a terminal or turn text around."""

from __future__ import annotations

import re

# They join letters of Persian and of Indian scripts, and the parts of an emoji; between
# others they would only hide.
_JOINED = re.compile(
    "(?<=[^\0-\xad\u200c\u200d])[\u200c\u200d](?=[^\0-\xad\u200c\u200d])"
)


def printable(text: str) -> str:
    """The text, with escapes for what is not printable."""
    if text.isprintable():
        return text
    joined = {found.start() for found in _JOINED.finditer(text)}
    return "".join(
        char
        if char.isprintable() or at in joined
        else char.encode("unicode_escape").decode()
        for at, char in enumerate(text)
    )

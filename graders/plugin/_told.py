"""What pytest shows of a failure: our own lines instead of a traceback."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from graders.reports import WIDTH, Line, Role, plain

_MARKUP: dict[Role, dict[str, bool]] = {
    "": {},
    "good": {"green": True},
    "bad": {"red": True},
    "dim": {"light": True},
    "strong": {"bold": True},
}


class Told:
    """The representation of a failure.

    Args:
        lines: makes them, for so many columns.
        message: the same in a few words.
    """

    def __init__(self, lines: Callable[[int], list[Line]], message: str) -> None:
        self._lines = lines
        # Where pytest looks for the few words of its summary and of JUnit XML.
        self.reprcrash = SimpleNamespace(message=message)

    def __str__(self) -> str:
        return plain(self._lines(WIDTH))

    def toterminal(self, writer: Any) -> None:
        write_lines(writer, self._lines(min(writer.fullwidth, WIDTH)))


def write_lines(writer: Any, lines: list[Line]) -> None:
    """Write lines to pytest's terminal writer, or to its reporter."""
    for line in lines:
        for text, role in line:
            writer.write(text, **_MARKUP[role])
        writer.write("\n")

"""What we print arrives, whatever the output: old encodings, closed pipes, full disks.

What an output has no character for is replaced: signs of our own by their likes in
ASCII, anything else, as in a learner's name, by its number, so that no two become one.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import TextIO

ERRORS = "katas.alike"

_ALIKE = {
    "█": "#",
    "■": "#",
    "▓": "%",
    "▒": "~",
    "░": ".",
    "●": "*",
    "○": "o",
    "◐": "o",
    "·": ".",
    "•": "*",
    "✓": "v",
    "✗": "x",
    "⚑": "!",
    "≠": "!=",
    "→": "->",
    "…": "...",
    "\u2013": "-",
    "\u2014": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\xa0": " ",
}


def _alike(exc: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(exc, UnicodeEncodeError):
        raise exc
    text = exc.object[exc.start : exc.end]
    return "".join(_ALIKE.get(one) or _number(one) for one in text), exc.end


def _number(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode()


codecs.register_error(ERRORS, _alike)


def replaces(stream: TextIO | None) -> None:
    """Let a stream replace what its encoding lacks, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=ERRORS)


def has_all_characters(stream: TextIO) -> bool:
    """Whether any text can be printed there as it is."""
    try:
        return codecs.lookup(stream.encoding or "utf-8").name.startswith("utf-")
    except LookupError:
        return False


def say(text: str, *, end: str = "\n", error: bool = False) -> None:
    """Print plain text: what has no colours, and what is for another program.

    Args:
        error: on standard error.
    """
    stream = sys.stderr if error else sys.stdout
    stream.write(text + end)
    stream.flush()


class _Patient(io.FileIO):
    """A descriptor whose reader may go: what is written from then on goes nowhere."""

    lost: OSError | None = None

    def write(self, data: object, /) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as exc:
            # Work goes on, and the exit code is what it would have been.
            self.lost = exc
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data)  # type: ignore[arg-type]


class Outputs:
    """Standard output and error of a command of ours, safe from now on."""

    def __init__(self) -> None:
        # A closed one would be the number of whatever is opened next.
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        self._files: list[_Patient] = []
        sys.stdout = self._safe(sys.stdout, 1)
        sys.stderr = self._safe(sys.stderr, 2)

    def _safe(self, stream: TextIO | None, number: int) -> TextIO:
        if stream is not None:
            stream.flush()
        file = _Patient(number, "w", closefd=False)
        self._files.append(file)
        return io.TextIOWrapper(
            io.BufferedWriter(file),
            getattr(stream, "encoding", None) or "utf-8",
            ERRORS,
            line_buffering=number == 2 or file.isatty(),
        )

    @property
    def lost(self) -> str:
        """Why something printed could not be written; nothing where its reader left."""
        sys.stdout.flush()
        for file in self._files:
            if file.lost is not None and file.lost.errno != errno.EPIPE:
                return file.lost.strerror or type(file.lost).__name__
        return ""

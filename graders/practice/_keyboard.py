"""Single keys from a terminal."""

from __future__ import annotations

import os
import re
import termios
import tty
from collections.abc import Iterator
from types import TracebackType
from typing import Any

UP, DOWN = "up", "down"
QUIT = "q"

_NAMED = {
    "\x1b[A": UP,
    "\x1bOA": UP,
    "\x1b[5~": UP,
    "b": UP,
    "\x1b[B": DOWN,
    "\x1bOB": DOWN,
    "\x1b[6~": DOWN,
    " ": DOWN,
    # End of input, as a terminal types it.
    "\x04": QUIT,
}
_KEY = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])|.", re.DOTALL)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;]*|O)?$")


class Keyboard:
    """Keys of a terminal as they are pressed, for the length of a `with` block.

    Afterwards the terminal is as it was before, however the block was left.

    Args:
        descriptor: an open terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = ""
        self._before: list[Any] = []

    def fileno(self) -> int:
        return self._descriptor

    def __enter__(self) -> Keyboard:
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor, termios.TCSADRAIN)
        ours = termios.tcgetattr(self._descriptor)
        # Ctrl-Z and Ctrl-\ would leave the terminal as it is now to somebody else.
        for which in (termios.VSUSP, termios.VQUIT):
            ours[6][which] = b"\0"
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, ours)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def read(self) -> list[str]:
        """The keys that were pressed; `QUIT` when the terminal is gone."""
        try:
            data = os.read(self._descriptor, 1024)
        except OSError:
            data = b""
        if not data:
            return [QUIT]
        return list(self._keys(data.decode("utf-8", "ignore")))

    def _keys(self, text: str) -> Iterator[str]:
        text = self._rest + text
        unfinished = _UNFINISHED.search(text)
        self._rest = unfinished.group() if unfinished else ""
        for found in _KEY.findall(text.removesuffix(self._rest)):
            yield _NAMED.get(found, found.lower())

"""A command in a real terminal, whose screen can be read."""

from __future__ import annotations

import os
import re
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pexpect
import pyte

from graders.practice._watch import FRAME_BEGINS, FRAME_ENDS
from graders.tests.interrupts import heard

# Real seconds after which a screen that does not come is a failure.
PATIENCE = 60


class Terminal:
    """`kata` with some arguments, in a terminal of its own.

    Args:
        root: the project that it works in.
        columns, lines: the size of the terminal.
        environment: besides that of the tests.
    """

    def __init__(
        self,
        root: Path,
        *arguments: str,
        columns: int = 80,
        lines: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        # What tells Rich about a terminal must be this one's.
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
        }
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.output = b""
        with heard():
            self._child: pexpect.spawn[bytes] = pexpect.spawn(
                sys.executable,
                ["-m", "graders.tests.practice.command", str(root), *arguments],
                dimensions=(lines, columns),
                timeout=PATIENCE,
                env={**kept, "TERM": "xterm-256color", **(environment or {})},
            )
        assert self._child.pid is not None
        self.pid = self._child.pid
        self.before = self.settings()

    def settings(self) -> list[Any]:
        """The state that the terminal itself is in."""
        return termios.tcgetattr(self._child.child_fd)

    def press(self, keys: str) -> None:
        self._child.send(keys)

    def resize(self, columns: int, lines: int) -> None:
        self._screen.resize(lines, columns)
        self._child.setwinsize(lines, columns)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def wait_for(self, *patterns: str) -> str:
        """Wait until a whole frame shows all of these, and return the screen."""
        until = time.monotonic() + PATIENCE
        while not (self._is_whole() and self._shows(patterns)):
            left = until - time.monotonic()
            assert left > 0, f"no {patterns} on the screen:\n{self.text}"
            try:
                data = self._child.read_nonblocking(2**16, left)
            except pexpect.EOF:
                raise AssertionError(
                    f"it ended without {patterns}; the screen:\n{self.text}"
                ) from None
            self._feed(data)
        return self.text

    def wait_for_the_end(self) -> int:
        """Wait until the command has ended, and return its exit code."""
        try:
            while True:
                self._feed(self._child.read_nonblocking(2**16, PATIENCE))
        except pexpect.EOF:
            self._child.wait()
        status = self._child.exitstatus
        return -1 if status is None else status

    def _is_whole(self) -> bool:
        begun = self.output.rfind(FRAME_BEGINS.encode())
        return begun <= self.output.rfind(FRAME_ENDS.encode())

    def _shows(self, patterns: Sequence[str]) -> bool:
        return all(re.search(one, self.text, re.MULTILINE) for one in patterns)

    def close(self) -> None:
        self._child.close(force=True)

    def _feed(self, data: bytes) -> None:
        self.output += data
        self._stream.feed(data)

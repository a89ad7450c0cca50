"""Looks at a silent host from outside, through /proc where there is one."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


class Watch:
    """Decides when a silent host has had its time.

    Args:
        pid: the host's process.
        cpu: seconds of computing that one turn may take.
        wall: real seconds that one turn may take when it computes nothing; a host under
            heavy load gets as long as it needs to use its `cpu`.
        patient: never give up (a debugger is in use).
    """

    def __init__(
        self, pid: int, *, cpu: float = 5.0, wall: float = 20.0, patient: bool = False
    ) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._cpu = cpu
        self._wall = wall
        self._patient = patient
        self._began = 0.0
        self._used = 0.0

    def begin(self) -> None:
        """A turn begins."""
        self._began = time.monotonic()
        self._used = -1.0

    def look(self) -> str | None:
        """None while the host may go on; else a sentence on why it may not."""
        if self._patient:
            return None
        used = self._cpu_seconds()
        if self._used < 0:
            self._used = used
        if used - self._used >= self._cpu:
            return (
                f"Your program computed for {self._cpu:g} s without an end and was "
                "stopped."
            )
        if time.monotonic() - self._began >= self._wall:
            return (
                f"Your program did nothing for {self._wall:g} s of real time and was "
                "stopped: something in it blocks outside Python's view."
            )
        return None

    def _cpu_seconds(self) -> float:
        try:
            fields = self._stat.read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            # No /proc here: real time is all there is.
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / _TICK

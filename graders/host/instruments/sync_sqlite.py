"""SQLite used synchronously.

A database in a file is a service, and waiting for it blocks; one in memory is only a
data structure. Connections tell their statements through SQLite's own trace callback,
so that cursors, subclasses and SQLAlchemy are all seen.
"""

from __future__ import annotations

import functools
import os
import sqlite3
import sys
from types import FrameType
from typing import Any

from graders.host.clock import sqlite_waits
from graders.host.instruments.call_names import written
from graders.host.instruments.loop_monitor import LoopMonitor

_CALLS = frozenset({"commit", "execute", "executemany", "executescript"})


class Databases:
    def __init__(self, monitor: LoopMonitor) -> None:
        self._monitor = monitor

    def install(self) -> None:
        """Replace `sqlite3.connect` under every name by which it is reached."""
        real = sqlite3.connect

        @functools.wraps(real)
        def connect(database: Any, *args: Any, **kwargs: Any) -> Any:
            if _in_memory(database):
                return real(database, *args, **kwargs)
            if self._monitor.on:
                self._monitor.announce("blocked", sys._getframe(1), "sqlite3.connect")
            made = real(database, *args, **kwargs)
            made.set_trace_callback(self._statement)
            return made

        sqlite3.connect = sqlite3.dbapi2.connect = connect
        sqlite_waits._real_connect = connect

    def _statement(self, sql: str) -> None:
        if not self._monitor.on:
            return
        frame: FrameType | None = sys._getframe(1)
        self._monitor.announce("blocked", frame, f"sqlite3.Connection.{_called(frame)}")


def _called(frame: FrameType | None) -> str:
    words = written(frame).rpartition(".")[2] if frame is not None else ""
    return words if words in _CALLS else "execute"


def _in_memory(database: Any) -> bool:
    if not isinstance(database, str | bytes | os.PathLike):
        return False
    name = os.fsdecode(database)
    return not name or ":memory:" in name or "mode=memory" in name

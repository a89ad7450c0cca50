"""Waiting for a locked SQLite file, on the exam's clock.

SQLite itself sleeps in C while another connection holds the file, in real seconds that
the clock never sees. So its own patience is taken away (`timeout=0`), and the same
waits are made here, in virtual time, by the thread that made the call.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from graders.host.clock.current import Current
from graders.host.clock.waiter import Waiter

_T = TypeVar("_T")

# What SQLite's own busy handler sleeps between two attempts, in milliseconds.
_NAPS = (1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100)
_DEFAULT_PATIENCE = 5.0
_BUSY_TIMEOUT = re.compile(r"(\s*pragma\s+busy_timeout\s*[=(]\s*)(\d+)", re.IGNORECASE)

_real_connect = sqlite3.connect


def pause(seconds: float) -> None:
    """Let this thread wait for the database, on the exam's clock."""
    step = Current.step
    if step is not None:
        step.park(Waiter(), seconds, "sqlite3")


def _patiently(patience: float, attempt: Callable[[], _T]) -> _T:
    """Try until the file is free, for at most `patience` virtual seconds."""
    waited, naps = 0.0, iter(_NAPS)
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as exc:
            left = patience - waited
            busy = exc.sqlite_errorcode == sqlite3.SQLITE_BUSY
            if not busy or left <= 0:
                raise
        nap = min(next(naps, _NAPS[-1]) / 1000, left)
        pause(nap)
        waited = round(waited + nap, 9)


class PatientCursor(sqlite3.Cursor):
    """A cursor whose connection is a `PatientConnection`."""

    def execute(self, sql: str, parameters: Any = (), /) -> PatientCursor:
        own = self.connection
        assert isinstance(own, PatientConnection)
        setting = _BUSY_TIMEOUT.match(sql)
        if setting:
            own.patience = int(setting[2]) / 1000
            sql = f"{setting[1]}0{sql[setting.end() :]}"
        _patiently(
            own.patience, lambda: super(PatientCursor, self).execute(sql, parameters)
        )
        return self

    def executemany(self, sql: str, parameters: Any, /) -> PatientCursor:
        own = self.connection
        assert isinstance(own, PatientConnection)
        # An iterator is used up by the first attempt.
        rows = list(parameters)
        _patiently(
            own.patience, lambda: super(PatientCursor, self).executemany(sql, rows)
        )
        return self


class PatientConnection(sqlite3.Connection):
    """Attributes:
    patience: how long a call waits for a locked file, in virtual seconds.
    """

    patience = _DEFAULT_PATIENCE

    def cursor(self, factory: Any = PatientCursor, /) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        _patiently(self.patience, super().commit)


def connect(database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
    """`sqlite3.connect`; a factory of the submission's own is left as it is."""
    if len(args) > 1 or "factory" in kwargs:
        theirs: sqlite3.Connection = _real_connect(database, *args, **kwargs)
        return theirs
    patience = float(args[0] if args else kwargs.pop("timeout", _DEFAULT_PATIENCE))
    made: PatientConnection = _real_connect(
        database, timeout=0, factory=PatientConnection, **kwargs
    )
    made.patience = patience
    return made


def install() -> None:
    """Replace `sqlite3.connect`, under both names by which libraries reach it."""
    sqlite3.connect = connect  # type: ignore[assignment]
    sqlite3.dbapi2.connect = connect  # type: ignore[assignment]

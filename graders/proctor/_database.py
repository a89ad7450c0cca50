"""The submission's database: read from outside, and its use as evidence."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graders.wire import Site, StatementDelay, ToHost, Trace


class Database:
    """Args:
    path: the SQLite file in the private scratch folder.
    post: says something to the host.
    """

    def __init__(self, path: Path, post: Callable[[ToHost], None]) -> None:
        self._path = path
        self._post = post
        self.traces: list[Trace] = []

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self._path}"

    def statements_take(self, seconds: float) -> None:
        """Every SQL statement from now on takes so many virtual seconds."""
        self._post(StatementDelay(round(seconds * 1e9)))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What is committed, read by a connection of our own.

        A table that does not exist yet has no rows.
        """
        if not self._path.exists():
            return []
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(query, parameters).fetchall()
        except sqlite3.OperationalError as exc:
            if "no such table" in str(exc):
                return []
            raise
        finally:
            connection.close()

    def execute(self, statement: str, *parameters: Any) -> None:
        """Change the database behind the submission's back."""
        connection = sqlite3.connect(self._path, timeout=5)
        try:
            with connection:
                connection.execute(statement, parameters)
        finally:
            connection.close()

    # --- evidence ---------------------------------------------------------------------------

    def of(self, *what: str) -> list[Trace]:
        return [trace for trace in self.traces if trace.what in what]

    @property
    def checkouts_open(self) -> list[Trace]:
        """The checkouts that have not been given back."""
        out: dict[int, Trace] = {}
        for item in self.of("checkout", "checkin"):
            if item.what == "checkout":
                out[item.key] = item
            else:
                out.pop(item.key, None)
        return list(out.values())

    @property
    def connections_out(self) -> int:
        """How many connections are checked out of the pool now."""
        return len(self.checkouts_open)

    @property
    def sessions_open(self) -> list[Trace]:
        """The sessions that were opened and are not closed."""
        closed = {trace.key for trace in self.of("session closed")}
        return [item for item in self.of("session opened") if item.key not in closed]

    def sessions_of(self, run: int) -> set[int]:
        """Which sessions were used in a request."""
        return {item.key for item in self.of("session used") if item.run == run}

    def shared_between(self, *runs: int) -> Site | None:
        """Where a session was used by more than one of these requests, if one was."""
        users: dict[int, int] = {}
        for item in self.of("session used"):
            if item.run in runs:
                if users.setdefault(item.key, item.run) != item.run:
                    return item.site
        return None

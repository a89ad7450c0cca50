"""The submission's database: read from outside, and its use as evidence."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from graders.proctor.verdict.findings import CheckFailed, Finding
from graders.wire import Site, StatementDelay, ToHost, Trace
from graders.wire.words import NANO

# Far more than a kata's few rows need: bytes of a value, and steps of a query.
_LONGEST = 2**20
_STEPS, _LOOKS = 10_000, 1_000
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_NO_TABLE = "no such table"


class Database:
    """One SQLite file, which the submission writes and the suite reads.

    Args:
        path: the file, in the private scratch folder.
        post: says something to the host.
        tables: the learner's line that makes the tables, or should, and its text.

    Attributes:
        traces: what the host reports of sessions, connections and statements.
    """

    def __init__(
        self,
        path: Path,
        post: Callable[[ToHost], None],
        tables: Callable[[], tuple[Site | None, str]] = lambda: (None, ""),
    ) -> None:
        self._path = path
        self._post = post
        self._tables = tables
        self.traces: list[Trace] = []

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self._path}"

    # --- the file ---------------------------------------------------------------------

    def statements_take(self, seconds: float) -> None:
        """Every SQL statement from now on takes so many virtual seconds."""
        self._post(StatementDelay(round(seconds * NANO)))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What is committed at this moment, read by a connection of our own.

        A table that does not exist yet has no rows.

        Raises:
            CheckFailed: the submission made the file unreadable.
        """
        if not self._path.exists():
            return []
        try:
            with closing(self._connect("ro")) as connection:
                return connection.execute(query, parameters).fetchall()
        except sqlite3.DatabaseError as exc:
            if _NO_TABLE in str(exc):
                return []
            raise self._unusable(exc) from exc

    def execute(self, statement: str, *parameters: Any) -> None:
        """Change the database behind the submission's back.

        Raises:
            CheckFailed: the submission has not made its tables, holds it locked, or
                made it unusable.
        """
        try:
            with closing(self._connect("rw")) as connection, connection:
                connection.execute(statement, parameters)
        except sqlite3.DatabaseError as exc:
            raise self._unusable(exc) from exc

    @contextmanager
    def commits_fail(self) -> Iterator[None]:
        """Within the `with` block no other connection can commit.

        A reader holds the file, so a COMMIT waits as long as its own connection is
        patient (5 virtual seconds unless it says otherwise) and fails. What comes
        before it works as ever. In WAL mode readers hold nobody up: commits succeed.

        A failed COMMIT may leave the transaction open, as SQLAlchemy does not roll it
        back by itself: look at the reply, and not at the file.
        """
        try:
            reader = self._connect("ro")
        except sqlite3.DatabaseError as exc:
            raise self._unusable(exc) from exc
        with closing(reader):
            try:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
            except sqlite3.DatabaseError as exc:
                raise self._unusable(exc) from exc
            yield

    def _connect(self, mode: str) -> sqlite3.Connection:
        if os.path.lexists(self._path) and not stat.S_ISREG(self._path.lstat().st_mode):
            odd = sqlite3.DatabaseError("no regular file")
            odd.sqlite_errorcode = sqlite3.SQLITE_NOTADB
            raise odd
        # Without patience: the submission is at rest, so nothing would change.
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode={mode}",
            uri=True,
            timeout=0,
            isolation_level=None,
        )
        # Its schema is the submission's work, and may be made to keep us busy.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        looks = count()
        connection.set_progress_handler(lambda: next(looks) > _LOOKS, _STEPS)
        return connection

    def _unusable(self, exc: sqlite3.DatabaseError) -> Exception:
        """A failed check where the submission is the cause; else the error itself."""
        code, text = getattr(exc, "sqlite_errorcode", None), str(exc)
        tables, line = self._tables()
        site: Site | None = None
        expected = "the database can be used by others between two requests"
        unseen = "it shows in the database only"
        if _NO_TABLE in text or code == sqlite3.SQLITE_CANTOPEN:
            table = text.rpartition(": ")[2] if _NO_TABLE in text else ""
            expected = "the tables are there when the application has started"
            saw = f"`{table}` is missing" if table else "there is none"
            advice = "Who makes the tables, and does anybody wait for that?"
            site, unseen = tables, "no line of yours makes them"
        elif code in _LOCKED:
            saw, advice = "it is locked", "End every transaction: commit, or roll back."
        elif code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            saw = "it is no database any more"
            advice = "Write to it through SQLAlchemy only."
        elif code in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_TOOBIG):
            saw, advice = "reading it takes too long", "Leave its tables as they are."
        else:
            return exc
        return CheckFailed(
            Finding(
                expected,
                saw,
                advice,
                site,
                line if site is not None else "",
                no_site="" if site else unseen,
            )
        )

    # --- what was done with it --------------------------------------------------------

    def of(self, *what: str, run: int | None = None) -> list[Trace]:
        """The traces of these kinds, in order; of one request, when a run is given."""
        return [
            item
            for item in self.traces
            if item.what in what and (run is None or item.run == run)
        ]

    def statements_of(self, run: int) -> list[Trace]:
        """The SQL statements of a request; `detail` is the first word, as "SELECT"."""
        return self.of("statement", run=run)

    @property
    def checkouts_open(self) -> list[Trace]:
        """The checkouts that have not been given back."""
        out: dict[int, list[Trace]] = {}
        for item in self.of("checkout", "checkin"):
            if item.what == "checkout":
                out.setdefault(item.key, []).append(item)
            elif out.get(item.key):
                # A pool of one connection may lend it more than once.
                out[item.key].pop()
        return [item for lent in out.values() for item in lent]

    @property
    def connections_out(self) -> int:
        """How many connections are checked out of the pool now."""
        return len(self.checkouts_open)

    @property
    def connections_kept(self) -> list[Trace]:
        """The connections that wait in a pool: where each was opened."""
        opened: dict[int, Trace] = {}
        for item in self.of("connection opened", "connection closed"):
            if item.what == "connection opened":
                opened[item.key] = item
            else:
                opened.pop(item.key, None)
        out = {item.key for item in self.checkouts_open}
        return [item for key, item in opened.items() if key not in out]

    @property
    def sessions_open(self) -> list[Trace]:
        """The sessions whose transaction has not ended: where each was made.

        One that was never used, or has nothing left after its commit, holds nothing.
        """
        made: dict[int, Trace] = {}
        holding: dict[int, Trace] = {}
        kinds = ("session opened", "session begun", "session ended", "session closed")
        for item in self.of(*kinds):
            if item.what == "session opened":
                made[item.key] = item
            elif item.what == "session begun":
                holding[item.key] = made.get(item.key, item)
            else:
                holding.pop(item.key, None)
        return list(holding.values())

    def sessions_of(self, run: int) -> set[int]:
        """Which sessions were used in a request."""
        return {item.key for item in self.of("session used", run=run)}

    def shared_between(self, *runs: int) -> Trace | None:
        """The use of a session that another of these requests had used before."""
        users: dict[int, int] = {}
        for item in self.of("session used"):
            if item.run in runs and users.setdefault(item.key, item.run) != item.run:
                return item
        return None

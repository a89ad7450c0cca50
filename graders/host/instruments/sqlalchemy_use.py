"""What SQLAlchemy does, as traces: sessions, checkouts, statements, overlapping use.

Statements, checkouts and transactions are told by SQLAlchemy's own events. The making
and the use of a session have none, so methods of `Session` are wrapped, in this module
only. An `AsyncSession` works
through a `Session` of its own, so one place sees both kinds, however they are used:
`async with`, a factory's `begin()`, `run_sync`, scoped sessions, subclasses.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

from greenlet import getcurrent, greenlet
from sqlalchemy import Engine, Pool, event
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from graders.host.clock import sqlite_waits
from graders.host.instruments.recorder import Recorder
from graders.wire import Site
from graders.wire.words import NANO

# The calls that may speak to the database.
_USES = (
    "begin_nested",
    "bulk_insert_mappings",
    "bulk_save_objects",
    "bulk_update_mappings",
    "commit",
    "connection",
    "delete",
    "delete_all",
    "execute",
    "flush",
    "get",
    "get_one",
    "merge",
    "merge_all",
    "prepare",
    "refresh",
    "rollback",
    "scalar",
    "scalars",
)
# Each of these gives everything back that the session holds.
_ENDS = ("close", "invalidate", "reset")

_KEY = "_exam_key"


class SessionTracer:
    """Installs the listeners; one per host.

    Attributes:
        delay: how long every statement takes, in nanoseconds.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.delay = 0
        self._recorder = recorder
        self._numbers = count(1)
        # The greenlets inside a call of a session: more than one is an overlap.
        self._users: defaultdict[int, set[greenlet]] = defaultdict(set)

    def install(self) -> None:
        sqlite_waits.install()
        event.listen(Pool, "connect", self._connected)
        event.listen(Pool, "close", self._closed)
        event.listen(Pool, "checkout", self._checked_out)
        event.listen(Pool, "checkin", self._checked_in)
        event.listen(Engine, "before_cursor_execute", self._before_statement)
        event.listen(Session, "after_begin", self._began)
        event.listen(Session, "after_transaction_end", self._ended)
        make: Callable[..., None] = Session.__init__

        @functools.wraps(make)
        def init(session: Session, *args: Any, **kwargs: Any) -> None:
            make(session, *args, **kwargs)
            self._recorder.trace("session opened", self._key_of(session), self._site())

        setattr(Session, "__init__", init)  # noqa: B010 - as the methods below
        for name in _ENDS:
            setattr(Session, name, self._ending(getattr(Session, name)))
        for name in _USES:
            setattr(Session, name, self._using(name, getattr(Session, name)))

    # --- pools and statements ---------------------------------------------------------

    def _connected(self, connection: Any, record: Any) -> None:
        if record.driver_connection is connection:
            # Of a synchronous driver: it closes when nobody holds it any more.
            return
        key = self._key_of_record(record)
        self._recorder.trace("connection opened", key, self._site())

    def _closed(self, connection: Any, record: Any) -> None:
        key = self._key_of_record(record)
        self._recorder.trace("connection closed", key, self._site())

    def _checked_out(self, connection: Any, record: Any, proxy: Any) -> None:
        self._recorder.trace("checkout", self._key_of_record(record), self._site())

    def _checked_in(self, connection: Any, record: Any) -> None:
        self._recorder.trace("checkin", self._key_of_record(record), self._site())

    def _key_of_record(self, record: Any) -> int:
        # Kept for the whole life of the record, which outlives its connection.
        return int(record.record_info.setdefault(_KEY, next(self._numbers)))

    def _before_statement(
        self,
        connection: Any,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        words = statement.split(None, 1)
        verb = words[0].upper() if words else ""
        self._recorder.trace("statement", id(connection), self._site(), verb)
        if self.delay and in_greenlet():
            await_only(asyncio.sleep(self.delay / NANO))
        elif self.delay:
            # A synchronous engine holds up whichever thread it is used in.
            sqlite_waits.pause(self.delay / NANO)

    # --- sessions ---------------------------------------------------------------------

    def _key_of(self, session: Session) -> int:
        # A subclass that has not called `Session.__init__` yet may be used already.
        return int(session.__dict__.setdefault(_KEY, next(self._numbers)))

    def _began(self, session: Session, transaction: Any, connection: Any) -> None:
        self._recorder.trace("session begun", self._key_of(session), self._site())

    def _ended(self, session: Session, transaction: Any) -> None:
        if transaction.parent is None:
            self._recorder.trace("session ended", self._key_of(session), self._site())

    def _ending(self, end: Callable[[Session], None]) -> Callable[[Session], None]:
        @functools.wraps(end)
        def ended(session: Session) -> None:
            end(session)
            self._recorder.trace("session closed", self._key_of(session), self._site())

        return ended

    def _using(self, name: str, use: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(use)
        def used(session: Session, *args: Any, **kwargs: Any) -> Any:
            key, current = self._key_of(session), getcurrent()
            users = self._users[key]
            if current in users:
                # One of these methods called by another.
                return use(session, *args, **kwargs)
            site = self._site()
            self._recorder.trace("session used", key, site, name)
            if users:
                self._recorder.record("session overlap", name, site)
            users.add(current)
            try:
                return use(session, *args, **kwargs)
            finally:
                users.discard(current)

        return used

    def _site(self) -> Site | None:
        """The learner's line: below a greenlet's stack it is in the parent's.

        Leaving `async with` closes a session in a task of its own; then it is the line
        at which that task was made.
        """
        current: greenlet | None = getcurrent()
        frame: FrameType | None = sys._getframe(1)
        while current is not None:
            site = self._recorder.sites.of_frame(frame)
            if site is not None:
                return site
            current = current.parent
            frame = current.gr_frame if current is not None else None
        try:
            task = asyncio.current_task()
        except RuntimeError:
            # In a thread, where no loop runs.
            return None
        return self._recorder.sites.of_task(task)

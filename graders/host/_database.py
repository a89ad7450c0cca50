"""What SQLAlchemy does, as evidence: statements, checkouts, sessions and their overlaps.

Everything is learned through SQLAlchemy's own events, except calls of an `AsyncSession`,
which has none: its coroutine methods are wrapped, in this module only.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from sqlalchemy import Engine, Pool, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from graders.host._evidence import Recorder
from graders.host._lockstep import NANO

_CALLS = (
    "begin_nested",
    "commit",
    "connection",
    "delete",
    "execute",
    "flush",
    "get",
    "get_one",
    "merge",
    "refresh",
    "rollback",
    "run_sync",
    "scalar",
    "scalars",
    "stream",
    "stream_scalars",
)


class Database:
    """Installs the listeners; one per host.

    Attributes:
        delay: how long every statement takes, in nanoseconds.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.delay = 0
        self._recorder = recorder

    def install(self) -> None:
        event.listen(Pool, "checkout", self._checked_out)
        event.listen(Pool, "checkin", self._checked_in)
        event.listen(Engine, "before_cursor_execute", self._before_statement)
        self._watch_sessions()

    def _checked_out(self, connection: Any, record: Any, proxy: Any) -> None:
        self._recorder.trace("checkout", id(record), self._site())

    def _checked_in(self, connection: Any, record: Any) -> None:
        self._recorder.trace("checkin", id(record), self._site())

    def _before_statement(
        self,
        connection: Any,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        verb = statement.lstrip().split(None, 1)[0].upper() if statement.strip() else ""
        self._recorder.trace("statement", id(connection), self._site(), verb)
        if self.delay and in_greenlet():
            await_only(asyncio.sleep(self.delay / NANO))

    def _site(self) -> Any:
        """The learner's line: below a greenlet's stack it is in the parent's."""
        import greenlet

        current: Any = greenlet.getcurrent()
        frame: Any = sys._getframe(1)
        while current is not None:
            site = self._recorder.sites.of_frame(frame)
            if site is not None:
                return site
            current = current.parent
            frame = current.gr_frame if current is not None else None
        return None

    def _watch_sessions(self) -> None:
        recorder = self._recorder
        numbers = count(1)
        users: dict[int, asyncio.Task[Any] | None] = {}
        make = AsyncSession.__init__
        close = AsyncSession.close

        def key_of(session: AsyncSession) -> int:
            return int(session.__dict__.setdefault("_exam_key", next(numbers)))

        @functools.wraps(make)
        def init(self: AsyncSession, *args: Any, **kwargs: Any) -> None:
            make(self, *args, **kwargs)
            recorder.trace("session opened", key_of(self), recorder.here())

        @functools.wraps(close)
        async def closed(self: AsyncSession) -> None:
            await close(self)
            recorder.trace("session closed", key_of(self), recorder.here())

        def watched(
            name: str, original: Callable[..., Awaitable[Any]]
        ) -> Callable[..., Awaitable[Any]]:
            @functools.wraps(original)
            async def call(self: AsyncSession, *args: Any, **kwargs: Any) -> Any:
                key, task = key_of(self), asyncio.current_task()
                if users.get(key) is task:
                    # One of these methods called by another.
                    return await original(self, *args, **kwargs)
                site = recorder.here()
                recorder.trace("session used", key, site, name)
                if key in users:
                    recorder.record("session overlap", name, site)
                users[key] = task
                try:
                    return await original(self, *args, **kwargs)
                finally:
                    if users.get(key) is task:
                        del users[key]

            return call

        AsyncSession.__init__ = init  # type: ignore[method-assign]
        AsyncSession.close = closed  # type: ignore[method-assign]
        for name in _CALLS:
            setattr(AsyncSession, name, watched(name, getattr(AsyncSession, name)))

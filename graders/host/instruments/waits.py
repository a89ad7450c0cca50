"""Who waits for his turn, where and how long, and when code asks to be woken.

None of it is a fault. It is what explains one: where twenty calls were made one after
another, the line with the lock around them is the cause.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import sys
from collections.abc import Callable
from concurrent.futures import thread
from typing import Any

from anyio._backends import _asyncio as anyio_on_asyncio

from graders.host.clock.current import current_run, handed_by
from graders.host.instruments.recorder import Recorder
from graders.host.instruments.turns import Turns
from graders.wire import HTTP_LIBRARIES, RanOut, Site, Waited

# Reports of one host; who needs more than that is not explained any better.
_MOST = 2_000


class Waits:
    """Args:
    recorder: knows the learner's lines.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._now = recorder.now
        self._left = _MOST
        self._turns = Turns(recorder)

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look; called before a submission is loaded."""
        self._watch_timers(loop)
        self._turns.install()
        for turn, method in (
            (asyncio.Lock, "acquire"),
            (asyncio.Semaphore, "acquire"),
            (anyio_on_asyncio.Lock, "acquire"),
            (anyio_on_asyncio.Semaphore, "acquire"),
            (anyio_on_asyncio.CapacityLimiter, "acquire_on_behalf_of"),
        ):
            self._watch_turns(turn, method)
        self._watch_threads()
        self._watch_connections()

    def _tell(self, message: Waited | RanOut) -> None:
        if self._left > 0:
            self._left -= 1
            self._recorder.post(message)

    def _over(self, what: str, began: int, site: Site | None, run: int | None) -> None:
        """A wait is over; one that took no time was none."""
        now = self._now()
        if site is not None and now > began:
            self._tell(Waited(what, began, now, site, run))

    # --- time -------------------------------------------------------------------------

    def _watch_timers(self, loop: Any) -> None:
        set_timer, here, now = loop.call_at, self._recorder.here, self._now

        def call_at(when: float, callback: Any, *args: Any, **kwargs: Any) -> Any:
            site = here()
            if site is not None:
                callback = _Alarm(self._tell, now, callback, site)
            return set_timer(when, callback, *args, **kwargs)

        loop.call_at = call_at

    # --- turns ------------------------------------------------------------------------

    def _watch_turns(self, turn: Any, method: str) -> None:
        real, here = getattr(turn, method), self._recorder.here
        now, over, turns = self._now, self._over, self._turns

        @functools.wraps(real)
        async def acquire(self: Any, *args: Any) -> Any:
            began = now()
            try:
                result = await real(self, *args)
                turns.took(self)
                return result
            except BaseException:
                turns.gave_up(self)
                raise
            finally:
                if now() > began:
                    over(turn.__name__, began, here(), current_run.get())

        # A deadlock is told by the names of the frames.
        named: Any = acquire
        named.__code__ = named.__code__.replace(
            co_name=method, co_qualname=real.__qualname__
        )
        setattr(turn, method, acquire)

    def _watch_threads(self) -> None:
        recorder, now, over = self._recorder, self._now, self._over
        item: Any = thread._WorkItem
        make, work = item.__init__, item.run

        # Whatever else a job is made of, and told when it runs: until Python 3.13 it is
        # made of a function and its arguments, since 3.14 of a task, and told the
        # context of the pool's thread.
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            make(self, *args, **kwargs)
            self.exam = now(), recorder.lines(), current_run.get()

        def run(self: Any, *args: Any, **kwargs: Any) -> None:
            began, lines, request = self.exam
            over("a free thread", began, lines[0] if lines else None, request)
            # In life a pool's thread has a context of its own, and so it has here. But
            # a job is done for the request that has handed it in, not for an older one.
            token, asked = handed_by.set(tuple(lines)), current_run.set(request)
            try:
                work(self, *args, **kwargs)
            finally:
                current_run.reset(asked)
                handed_by.reset(token)

        item.__init__, item.run = init, run

    def _watch_connections(self) -> None:
        for library in HTTP_LIBRARIES:
            if library.core in sys.modules:
                pools = importlib.import_module(
                    f"{library.core}._async.connection_pool"
                )
                self._watch_requests(pools.AsyncPoolRequest)

    def _watch_requests(self, request: Any) -> None:
        """Requests to a pool: its limits stand where the client is made."""
        here, now, over = self._recorder.here, self._now, self._over
        wait = request.wait_for_connection

        @functools.wraps(wait)
        async def wait_for_connection(self: Any, timeout: Any = None) -> Any:
            began, caller = now(), sys._getframe(1)
            try:
                return await wait(self, timeout=timeout)
            finally:
                if now() > began:
                    pool = caller.f_locals.get("self")
                    # Noted by `clients`.
                    site = getattr(pool, "exam_site", None) or here()
                    over("a free connection", began, site, current_run.get())

        request.wait_for_connection = wait_for_connection


class _Alarm:
    """What a timer calls, and who set it where."""

    __slots__ = ("_began", "_callback", "_now", "_run", "_site", "_tell")

    def __init__(
        self,
        tell: Callable[[RanOut], None],
        now: Callable[[], int],
        callback: Callable[..., Any],
        site: Site,
    ) -> None:
        self._tell = tell
        self._now = now
        self._callback = callback
        self._began = now()
        self._site = site
        self._run = current_run.get()

    def __call__(self, *args: Any) -> Any:
        now = self._now()
        if now > self._began:
            self._tell(RanOut(now, self._site, self._run))
        return self._callback(*args)

"""What a submission leaves behind: coroutines, tasks, errors, clients."""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
import warnings
from itertools import count
from types import CoroutineType
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from graders.host._current import current_run
from graders.host._evidence import Recorder
from graders.wire import Pending, Site

# Deep enough that a coroutine made by a library on behalf of a handler names the
# handler.
_ORIGIN_DEPTH = 12


class Leftovers:
    """Watches one loop.

    Args:
        recorder: receives the evidence.
        loop: the loop of the submission.
    """

    def __init__(self, recorder: Recorder, loop: asyncio.AbstractEventLoop) -> None:
        self._recorder = recorder
        self._loop = loop
        self._made_at: WeakKeyDictionary[asyncio.Task[Any], Site | None] = (
            WeakKeyDictionary()
        )
        self._runs: WeakKeyDictionary[asyncio.Task[Any], int | None] = (
            WeakKeyDictionary()
        )
        self._open_clients: dict[int, tuple[str, Site | None]] = {}
        self._numbers = count(1)

    def install(self) -> None:
        sys.set_coroutine_origin_tracking_depth(_ORIGIN_DEPTH)
        warnings._warn_unawaited_coroutine = (  # type: ignore[attr-defined]
            self._never_awaited
        )
        sys.unraisablehook = self._unraisable
        self._loop.set_exception_handler(self._unhandled)
        self._loop.set_task_factory(self._make_task)
        for client in (httpx.AsyncClient, httpx.Client):
            self._watch_client(client)

    # --- coroutines and errors --------------------------------------------------------

    def _never_awaited(self, coroutine: CoroutineType[Any, Any, Any]) -> None:
        sites = self._recorder.sites
        site = sites.of_origin(coroutine.cr_origin)
        if site is None and coroutine.cr_code.co_filename not in sites.known:
            # A library's own coroutine, left by a library when an error passed through.
            return
        self._recorder.record("never awaited", coroutine.__qualname__, site)

    def _unraisable(self, unraisable: Any) -> None:
        exc = unraisable.exc_value
        site = self._recorder.sites.of_exception(exc) if exc is not None else None
        name = type(exc).__name__ if exc is not None else "error"
        self._recorder.record("unraisable", name, site)

    def _unhandled(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        exc = context.get("exception")
        site = self._recorder.sites.of_exception(exc) if exc is not None else None
        task = context.get("task") or context.get("future")
        if site is None and isinstance(task, asyncio.Task):
            site = self._made_at.get(task)
        message = str(context.get("message", ""))
        if "never retrieved" in message:
            kind = "error never retrieved"
        elif "destroyed but it is pending" in message:
            kind = "task destroyed"
        else:
            kind = "unhandled"
        name = type(exc).__name__ if exc is not None else message
        self._recorder.record(kind, name, site)

    # --- tasks ------------------------------------------------------------------------

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        coro: Any,
        **kwargs: Any,
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **kwargs)
        self._made_at[task] = self._recorder.here() or self._recorder.sites.of_origin(
            getattr(coro, "cr_origin", None)
        )
        self._runs[task] = current_run.get()
        return task

    def made_at(self, task: asyncio.Task[Any]) -> Site | None:
        """The learner's line that started a task, a library's help or not."""
        return self._made_at.get(task)

    def pending(self, ignore: set[asyncio.Task[Any]]) -> list[Pending]:
        """What every unfinished task waits for, innermost learner's line first."""
        # In the order in which they were made, which a set of tasks does not keep.
        return [
            self._describe(task)
            for task in list(self._made_at)
            if not task.done() and task not in ignore
        ]

    def _describe(self, task: asyncio.Task[Any]) -> Pending:
        site, waits_for = None, ""
        coro: Any = task.get_coro()
        while coro is not None:
            frame = getattr(coro, "cr_frame", None) or getattr(coro, "ag_frame", None)
            if frame is not None:
                found = self._recorder.sites.at(frame.f_code, frame.f_lineno)
                if found is not None:
                    site, waits_for = found, ""
                elif not waits_for:
                    waits_for = frame.f_code.co_qualname
            coro = getattr(coro, "cr_await", None) or getattr(coro, "ag_await", None)
        site = site or self._made_at.get(task)
        return Pending(task.get_name(), waits_for, site, self._runs.get(task))

    # --- clients ----------------------------------------------------------------------

    def _watch_client(self, client: Any) -> None:
        recorder, open_clients = self._recorder, self._open_clients
        numbers = self._numbers
        make = client.__init__
        close_name = "aclose" if hasattr(client, "aclose") else "close"
        close, leave_name = getattr(client, close_name), f"__{close_name[:-5]}exit__"
        leave = getattr(client, leave_name)
        kind = client.__name__

        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            make(self, *args, **kwargs)
            number = self._exam_key = next(numbers)
            site = recorder.here()
            open_clients[number] = (kind, site)
            recorder.trace("client opened", number, site, kind)

        def note(self: Any) -> None:
            number = getattr(self, "_exam_key", 0)
            if open_clients.pop(number, None) is not None:
                recorder.trace("client closed", number, recorder.here(), kind)

        if close_name == "aclose":

            @functools.wraps(close)
            async def aclosed(self: Any) -> None:
                note(self)
                await close(self)

            @functools.wraps(leave)
            async def left(self: Any, *exc_info: Any) -> None:
                note(self)
                await leave(self, *exc_info)

            client.aclose, client.__aexit__ = aclosed, left
        else:

            @functools.wraps(close)
            def closed(self: Any) -> None:
                note(self)
                close(self)

            @functools.wraps(leave)
            def exited(self: Any, *exc_info: Any) -> None:
                note(self)
                leave(self, *exc_info)

            client.close, client.__exit__ = closed, exited
        client.__init__ = init

    # --- the end ----------------------------------------------------------------------

    def inspect(self, ignore: set[asyncio.Task[Any]]) -> None:
        """Collect garbage and report what is left: tasks and clients."""
        gc.collect()
        for one in self.pending(ignore):
            site = one.site
            self._recorder.record("task left", one.task, site, run=one.run)
        for kind, site in self._open_clients.values():
            self._recorder.record("client left open", kind, site)

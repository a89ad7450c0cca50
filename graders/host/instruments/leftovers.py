"""What a submission leaves behind: coroutines, tasks, errors, clients, threads."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import warnings
from itertools import count
from types import CoroutineType, FrameType
from typing import Any

from graders.host.clock.current import current_run
from graders.host.instruments.clients import Clients
from graders.host.instruments.recorder import Recorder, frames_of, one_line
from graders.host.instruments.threads_left import ThreadsLeft
from graders.wire import Pending, Site
from graders.wire.words import EvidenceKind

# Deep enough that a coroutine made by a library on behalf of a handler names the
# handler (anyio's `start_soon` is three frames away), and no deeper: each frame costs
# every coroutine that is made.
_ORIGIN_DEPTH = 3
# Lines that are kept of who made a task, and the task that made it.
_DEEPEST = 20

# The names that asyncio gives; 3.13.0 gives "None".
_NO_NAME = re.compile(r"Task-\d+|None")


class Leftovers:
    """Watches one loop.

    Args:
        recorder: receives the evidence.
        loop: the loop of the submission.
    """

    def __init__(self, recorder: Recorder, loop: asyncio.AbstractEventLoop) -> None:
        self._recorder = recorder
        self._loop = loop
        self._task_numbers = count(1)
        self._told: list[Pending] = []
        self._clients = Clients(recorder)
        self._threads = ThreadsLeft(recorder, loop)

    def install(self) -> None:
        sys.set_coroutine_origin_tracking_depth(_ORIGIN_DEPTH)
        warnings._warn_unawaited_coroutine = (  # type: ignore[attr-defined]
            self._never_awaited
        )
        sys.unraisablehook = self._unraisable
        self._loop.set_exception_handler(self._unhandled)
        self._loop.set_task_factory(self._make_task)
        self._clients.install()
        self._threads.install()

    # --- coroutines and errors --------------------------------------------------------

    def _never_awaited(self, coroutine: CoroutineType[Any, Any, Any]) -> None:
        sites = self._recorder.sites
        site = sites.of_coroutine(coroutine)
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
        if isinstance(exc, asyncio.InvalidStateError) and "handle" in context:
            # A result that comes for somebody who has gone: nobody misses it.
            return
        # Where a task was started says more than where it failed: that is who should
        # have looked.
        site = self.made_at(context.get("task") or context.get("future"))
        if site is None and exc is not None:
            site = self._recorder.sites.of_exception(exc)
        message = str(context.get("message", ""))
        kind: EvidenceKind = "unhandled"
        if "never retrieved" in message:
            kind = "error never retrieved"
        elif "destroyed but it is pending" in message:
            kind = "task destroyed"
        name = type(exc).__name__ if exc is not None else message
        self._recorder.record(kind, name, site)

    # --- tasks ------------------------------------------------------------------------

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        coro: Any,
        **kwargs: Any,
    ) -> asyncio.Task[Any]:
        task: Any = asyncio.Task(coro, loop=loop, **kwargs)
        # On the task itself: a weak dictionary has let go of it before its last words.
        recorder = self._recorder
        site = recorder.here() or recorder.sites.of_coroutine(coro)
        maker = asyncio.current_task() if asyncio._get_running_loop() else None
        before = getattr(maker, "exam_lines", ())
        task.exam_site = site
        # Who makes tasks of tasks without end is not told any better.
        task.exam_lines = ((site, *before) if site is not None else before)[:_DEEPEST]
        task.exam_run = current_run.get()
        task.exam_number = next(self._task_numbers)
        return task  # type: ignore[no-any-return]

    def made_at(self, task: object) -> Site | None:
        """The learner's line that started a task, with a library's help or not."""
        return getattr(task, "exam_site", None)

    def pending(self, ignore: set[asyncio.Task[Any]]) -> list[Pending]:
        """What every unfinished task waits for, innermost learner's line first."""
        # In the order in which they were made, which a set of tasks does not keep.
        tasks = asyncio.all_tasks(self._loop) - ignore
        ordered = sorted(tasks, key=lambda task: getattr(task, "exam_number", 0))
        return [self._describe(task) for task in ordered]

    def _describe(self, task: asyncio.Task[Any]) -> Pending:
        site, waits_for = None, ""
        for frame in frames_of(task.get_coro()):
            found = self._recorder.sites.standing(frame)
            if found is not None:
                site, waits_for = found, ""
            elif not waits_for:
                waits_for = _called(frame)
        run = getattr(task, "exam_run", None)
        if site is None:
            # A library's task: what waits in there is no line of the learner's.
            site, waits_for = self.made_at(task), ""
        return Pending(name_of_task(task), waits_for, site, run)

    # --- the end ----------------------------------------------------------------------

    def survey(self, ignore: set[asyncio.Task[Any]]) -> None:
        """Report the tasks that are left, each once."""
        for one in self.pending(ignore):
            if one not in self._told:
                self._told.append(one)
                self._recorder.record("task left", one.task, one.site, run=one.run)

    def inspect(self, ignore: set[asyncio.Task[Any]]) -> None:
        """Collect garbage and report what is left: tasks, clients and threads."""
        gc.collect()
        self.survey(ignore)
        self._clients.report()
        self._threads.report()


def _called(frame: FrameType) -> str:
    """What a frame is, by the class of its object and not by one further up."""
    code = frame.f_code
    if code.co_varnames[:1] != ("self",) or "self" not in frame.f_locals:
        return code.co_qualname
    return one_line(f"{type(frame.f_locals['self']).__name__}.{code.co_name}", 80)


def name_of_task(task: asyncio.Task[Any]) -> str:
    """The task's name, or that of its coroutine when nobody gave it one."""
    name = task.get_name()
    if _NO_NAME.fullmatch(name):
        return str(getattr(task.get_coro(), "__qualname__", name))
    return name

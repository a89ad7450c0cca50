"""Who hands work on: to a thread, or to the time after an answer.

Tasks, a pool's own threads and threads of the learner's are known by other ways
(`leftovers`, `waits`, `graders.host.clock.threads`).
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

from anyio._backends._asyncio import AsyncIOBackend
from starlette.background import BackgroundTask

from graders.host.clock.current import handed_by
from graders.host.instruments.recorder import Recorder
from graders.wire import Site


def install(recorder: Recorder) -> None:
    """Begin to look, before a submission is loaded.

    Args:
        recorder: knows the learner's lines.
    """
    _watch_threads(recorder)
    _watch_background_tasks(recorder)


async def _handed(lines: list[Site], work: Callable[[], Any]) -> Any:
    token = handed_by.set(tuple(lines))
    try:
        return await work()
    finally:
        handed_by.reset(token)


def _watch_threads(recorder: Recorder) -> None:
    # Both copy the context of who calls them.
    to_thread: Any = asyncio.to_thread

    @functools.wraps(to_thread)
    async def handed_to_thread(function: Any, /, *args: Any, **kwargs: Any) -> Any:
        work = functools.partial(to_thread, function, *args, **kwargs)
        return await _handed(recorder.lines(), work)

    asyncio.to_thread = handed_to_thread
    backend: Any = AsyncIOBackend
    run = backend.run_sync_in_worker_thread.__func__

    @functools.wraps(run)
    async def run_sync_in_worker_thread(cls: Any, *args: Any, **kwargs: Any) -> Any:
        work = functools.partial(run, cls, *args, **kwargs)
        return await _handed(recorder.lines(), work)

    backend.run_sync_in_worker_thread = classmethod(run_sync_in_worker_thread)


def _watch_background_tasks(recorder: Recorder) -> None:
    background: Any = BackgroundTask
    make, call = background.__init__, background.__call__

    @functools.wraps(make)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        self.exam_lines = recorder.lines()

    @functools.wraps(call)
    async def called(self: Any) -> None:
        await _handed(self.exam_lines, functools.partial(call, self))

    background.__init__, background.__call__ = init, called

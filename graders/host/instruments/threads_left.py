"""Threads that outlive a service: of executors that nobody shuts down, and others.

A process does not end before them. Who hands work to `asyncio.to_thread` or to a plain
`def` endpoint has no threads of its own: the event loop and the server close theirs.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

from graders.host.clock.threads import has_ended
from graders.host.instruments.recorder import Recorder
from graders.wire import Site


class ThreadsLeft:
    """Args:
    recorder: receives the evidence.
    loop: the loop of the submission.
    """

    def __init__(self, recorder: Recorder, loop: asyncio.AbstractEventLoop) -> None:
        self._recorder = recorder
        self._loop = loop
        self._executors: WeakKeyDictionary[ThreadPoolExecutor, Site] = (
            WeakKeyDictionary()
        )
        self._started: WeakKeyDictionary[threading.Thread, Site] = WeakKeyDictionary()

    def install(self) -> None:
        """Begin to look, before a submission is loaded."""
        self._watch(ThreadPoolExecutor, "__init__", self._executors)
        self._watch(threading.Thread, "start", self._started)

    def _watch(self, owner: Any, name: str, kept: WeakKeyDictionary[Any, Site]) -> None:
        real = getattr(owner, name)

        @functools.wraps(real)
        def called(one: Any, *args: Any, **kwargs: Any) -> None:
            real(one, *args, **kwargs)
            site = self._recorder.here()
            if site is not None:
                kept[one] = site

        setattr(owner, name, called)

    def report(self) -> None:
        """Report what is left; garbage has been collected."""
        for executor, site in self._left_open():
            name = type(executor).__name__
            self._recorder.record("executor left open", name, site)
        for thread, site in [*self._started.items()]:
            kept = thread.daemon or _has_a_keeper(thread)
            if not kept and not has_ended(thread):
                self._recorder.record("thread left", thread.name, site)

    def _left_open(self) -> Iterator[tuple[ThreadPoolExecutor, Site]]:
        # Who runs the loop shuts that one down.
        default = getattr(self._loop, "_default_executor", None)
        for executor, site in [*self._executors.items()]:
            shut: bool = executor._shutdown
            if executor is not default and not shut and executor._threads:
                yield executor, site


def _has_a_keeper(thread: threading.Thread) -> bool:
    """Whether it belongs to a pool, which is looked at itself, or is a library's."""
    target: Any = getattr(thread, "_target", None)
    return any(
        getattr(one, "__module__", "").startswith(("concurrent.", "anyio."))
        for one in (type(thread), target)
    )

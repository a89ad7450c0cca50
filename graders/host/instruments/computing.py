"""Time that callbacks spend computing on the loop's thread."""

from __future__ import annotations

import _thread
import asyncio
import dis
from asyncio.events import Handle
from collections import Counter
from types import FrameType
from typing import Any

from graders.host._clock import real_monotonic, real_thread_time
from graders.host._current import current_run
from graders.host._evidence import frames_of
from graders.host.instruments.duty import Duty
from graders.wire import Site

# Seconds of processor time. Innocent callbacks stay below 50 ms (a garbage collection,
# a first request), twice that on a processor whose sibling is busy.
_ONE = 0.15
# Small blocks of one request add up: fifty of 5 ms. What is shorter than a block of the
# first kind is what every request does.
_SMALL = 0.004
_SUM = 0.2

# Callbacks that were over in less than this (real seconds) are not looked at.
_BRIEF = 0.003
_STALE = 0.002

_RESUME = dis.opmap["RESUME"]

_real_run = Handle._run


class Computing:
    def __init__(self, duty: Duty) -> None:
        self._duty = duty
        self._thread = duty.step.loop_thread
        self._read_at = 0.0
        self._read = 0.0
        self._sums: Counter[int | None] = Counter()
        self._sites: dict[int | None, Counter[Site]] = {}
        # What the sampler saw: where, and whether something was being imported.
        self._seen: list[tuple[Site | None, bool]] = []

    def install(self) -> None:
        """Time every callback of the loop."""
        computing = self

        def run(self: Handle) -> None:
            computing.run(self)

        Handle._run = run  # type: ignore[method-assign]

    def run(self, handle: Handle) -> None:
        """Run a callback, and look at the thread's clock only when it took a while.

        That clock costs a microsecond to read, so it is read when a callback begins
        only if the last reading is no longer near.
        """
        if _thread.get_ident() != self._thread:
            _real_run(handle)
            return
        began = real_monotonic()
        if began - self._read_at > _STALE:
            self._read_at, self._read = began, real_thread_time()
        _real_run(handle)
        ended = real_monotonic()
        if ended - began > _BRIEF:
            now = real_thread_time()
            # Never too much: what lies between reading and callback is taken off.
            spent = now - self._read - (began - self._read_at)
            self._read_at, self._read = ended, now
            self._spent(handle, spent)

    def seen(self, frame: FrameType | None) -> None:
        """The sampler found the loop's thread in a callback."""
        site: Site | None = None
        importing = False
        while frame is not None:
            if frame.f_globals.get("__name__") == "importlib._bootstrap":
                importing = True
            standing = self._duty.recorder.sites.standing(frame)
            site = site if standing is None else standing
            if standing is not None and not _is_entered(frame):
                break
            frame = frame.f_back
        self._seen.append((site, importing))

    def was_asleep(self) -> None:
        """What was seen last was no computing: the thread slept."""
        if self._seen:
            self._seen.pop()

    def _spent(self, handle: Handle, seconds: float) -> None:
        seen, self._seen = self._seen, []
        if seconds < _SMALL or not self._duty.serving:
            return
        if sum(importing for _, importing in seen) * 2 > len(seen):
            # What is imported once is not computed in every request.
            return
        own: Any = handle
        run = own._context.get(current_run)
        sites = self._sites.setdefault(run, Counter())
        sites.update(site for site, _ in seen if site is not None)
        self._sums[run] += seconds  # type: ignore[assignment]
        if seconds < _ONE and self._sums[run] < _SUM:
            return
        # On a busy machine what keeps the GIL may be over before anybody saw it; then
        # the line with which the request ended is the nearest that is known.
        site = _most_seen(sites) or self._site_of(handle) or self._duty.answer(run)
        name = site.function if site is not None else "a callback"
        self._duty.recorder.record("computing", name, site, run=run)
        self._sums[run] = 0
        self._sites.pop(run)

    def _site_of(self, handle: Handle) -> Site | None:
        """Where the callback's task stands now, or where it was made."""
        own: Any = handle
        task = getattr(own._callback, "__self__", None)
        if not isinstance(task, asyncio.Task):
            return None
        site: Site | None = None
        coro: Any = task.get_coro()
        sites = self._duty.recorder.sites
        made = sites.of_coroutine(coro)
        for frame in frames_of(coro):
            site = sites.standing(frame) or site
        return site or made


def _is_entered(frame: FrameType) -> bool:
    """Whether a function has only just been called.

    Python hands over the GIL there, so a sampler finds short functions at their `def`
    again and again; it is the line that calls them which takes the time.
    """
    return frame.f_code.co_code[max(0, frame.f_lasti)] == _RESUME


def _most_seen(sites: Counter[Site]) -> Site | None:
    if not sites:
        return None
    return min(sites, key=lambda site: (-sites[site], site.line))

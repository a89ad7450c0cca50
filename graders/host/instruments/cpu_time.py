"""Time that callbacks spend computing on the loop's thread."""

from __future__ import annotations

import _thread
import asyncio
import dis
from asyncio.events import Handle
from collections import Counter
from types import FrameType
from typing import Any

from graders.host.clock.current import current_run
from graders.host.clock.this_machine import ThisMachine
from graders.host.instruments.loop_monitor import LoopMonitor
from graders.host.instruments.recorder import frames_of
from graders.wire import Site, limits, real

# Parts of a tiny piece: callbacks that were over in less real time are not looked at,
# and a reading of the thread's clock is good for so long.
_BRIEF, _STALE = 0.75, 0.25

_RESUME = dis.opmap["RESUME"]

_real_run = Handle._run


class Computing:
    def __init__(self, monitor: LoopMonitor) -> None:
        self._monitor = monitor
        self._thread = monitor.step.loop_thread
        tiny = ThisMachine.speed.seconds(limits.TINY_PIECE)
        self._brief, self._stale = tiny * _BRIEF, tiny * _STALE
        self._read_at = 0.0
        self._read = 0.0
        # Seconds of small pieces, and of all that are at least tiny, of each request.
        self._small: Counter[int | None] = Counter()
        self._tiny: Counter[int | None] = Counter()
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
        began = real.monotonic()
        if began - self._read_at > self._stale:
            self._read_at, self._read = began, real.thread_time()
        _real_run(handle)
        ended = real.monotonic()
        if ended - began > self._brief:
            now = real.thread_time()
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
            standing = self._monitor.recorder.sites.standing(frame)
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
        machine = ThisMachine.speed
        if seconds < machine.seconds(limits.TINY_PIECE) or not self._monitor.serving:
            return
        if sum(importing for _, importing in seen) * 2 > len(seen):
            # What is imported once is not computed in every request.
            return
        own: Any = handle
        run = own._context.get(current_run)
        sites = self._sites.setdefault(run, Counter())
        sites.update(site for site, _ in seen if site is not None)
        self._tiny[run] += seconds  # type: ignore[assignment]
        if seconds >= machine.seconds(limits.SMALL_PIECE):
            self._small[run] += seconds  # type: ignore[assignment]
        if not (
            machine.is_beyond(seconds, limits.ONE_PIECE)
            or machine.is_beyond(self._small[run], limits.SMALL_PIECES)
            # Without a request there is no end to what adds up.
            or (
                run is not None
                and machine.is_beyond(self._tiny[run], limits.TINY_PIECES)
            )
        ):
            return
        # On a busy machine what keeps the GIL may be over before anybody saw it; then
        # the line with which the request ended is the nearest that is known.
        site = _most_seen(sites) or self._site_of(handle) or self._monitor.answer(run)
        name = site.function if site is not None else "a callback"
        self._monitor.recorder.record("computing", name, site, run=run)
        self._small[run] = self._tiny[run] = 0
        self._sites.pop(run)

    def _site_of(self, handle: Handle) -> Site | None:
        """Where the callback's task stands now, or where it was made."""
        own: Any = handle
        task = getattr(own._callback, "__self__", None)
        if not isinstance(task, asyncio.Task):
            return None
        site: Site | None = None
        coro: Any = task.get_coro()
        sites = self._monitor.recorder.sites
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

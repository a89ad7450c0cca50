"""Threads that sleep where no primitive of ours counts them."""

from __future__ import annotations

import sys
import threading

from graders.host.clock.lockstep import LockStep
from graders.host.instruments.call_names import whereabouts
from graders.host.instruments.loop_monitor import LoopMonitor
from graders.host.instruments.system_calls import ThreadFile
from graders.platform_parts import processor_time
from graders.wire import limits, real


class Sleepers:
    """Whether what the loop's thread waits for can only come from threads that sleep.

    Args:
        step: knows the busy threads.
    """

    def __init__(self, step: LockStep) -> None:
        self._step = step
        self._seen: dict[int, tuple[bytes, int]] = {}
        self._since = 0.0

    def asleep(self) -> bool:
        """Asked again and again: True once all have not moved for a while."""
        seen = self._look()
        if not seen or seen != self._seen:
            self._seen, self._since = seen, real.monotonic()
        return bool(seen) and real.monotonic() - self._since >= limits.SOUND

    def _look(self) -> dict[int, tuple[bytes, int]]:
        """Where in the kernel each thread sleeps; nothing if one of them does not."""
        keys = self._step.threads.running
        native = {thread.ident: thread.native_id for thread in threading.enumerate()}
        seen = {}
        for key in keys:
            number = native.get(key)
            file = ThreadFile.open(number) if number is not None else None
            if file is None:
                return {}
            call = file.asleep_in()
            file.close()
            spent = processor_time(key, number)
            if call is None or not call.blocks or spent is None:
                return {}
            seen[key] = call.text, spent
        return seen


def dismiss(monitor: LoopMonitor, keys: set[int]) -> None:
    """Take these threads off the busy ones if all of them sleep, and say so.

    While one of them runs, the others may be waiting for it: for an import, say, which
    takes its locks where nobody counts them.

    Args:
        monitor: records, and knows the lock step.
        keys: idents of threads that have been busy for long.
    """
    alive = {
        thread.ident: thread.native_id
        for thread in threading.enumerate()
        if thread.ident in keys
    }
    if len(alive) < len(keys):
        # One is about to start, or to end.
        return
    before = {key: processor_time(key, alive[key]) for key in alive}
    if None in before.values():
        # No telling a thread that sleeps from one that computes: wait for both.
        return
    real.sleep(limits.REST)
    frames = sys._current_frames()
    if monitor.step.threads.running != keys or not keys <= frames.keys():
        return
    if all(
        processor_time(key, native) == before[key] and _sleeps(native)
        for key, native in alive.items()
    ):
        if monitor.step.threads.call_one_more():
            return
        for key in sorted(keys):
            site, name = whereabouts(monitor.recorder.sites, frames[key])
            monitor.recorder.record("uncounted thread", name or "a system call", site)
            monitor.step.threads.give_up(key)


def _sleeps(native: int | None) -> bool:
    """False only when /proc says that the thread runs, or waits for its turn."""
    file = ThreadFile.open(native) if native is not None else None
    if file is None:
        return True
    try:
        call = file.asleep_in()
        return call is not None and call.blocks
    finally:
        file.close()

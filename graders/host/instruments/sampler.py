"""Catches the loop's thread asleep in the kernel, whoever put it there.

A thread of its own looks every few milliseconds. Twice the same system call, and no
nanosecond of computing in between, is proof that the loop slept all the while: a frozen
process, a busy machine and a thread that waits for its turn on the processor look
different. Waiting for the GIL is left out by its address.
"""

from __future__ import annotations

import _thread
import signal
import sys
from types import FrameType

from graders.host.clock.this_machine import ThisMachine
from graders.host.clock.threads import real_start_new_thread
from graders.host.instruments.call_names import whereabouts
from graders.host.instruments.cpu_time import Computing
from graders.host.instruments.loop_monitor import LoopMonitor
from graders.host.instruments.system_calls import SystemCall, ThreadFile
from graders.platform_parts import processor_time
from graders.wire import Blocked, Overrun, Rest, Site, limits, real

# How often time goes on for whoever sleeps until another thread does something; then
# the proctor ends it.
_TURNS = 2_000

# Starting a thread or a program waits for it to be there, also when asyncio does it;
# and a thread that has ended takes a moment to be gone.
_STARTING = frozenset({"Thread.start", "start", "join", "Popen._execute_child"})
_STARTERS = frozenset({"threading", "subprocess", "graders.host.clock.threads"})


class _Sleep:
    """The loop's thread, asleep: since when, in what, and where in the code."""

    __slots__ = (
        "cpu",
        "is_lock",
        "name",
        "recorded",
        "since",
        "site",
        "text",
        "turns",
        "used",
    )

    def __init__(self, text: bytes, cpu: int, *, is_lock: bool) -> None:
        self.text = text
        self.cpu = cpu
        self.is_lock = is_lock
        self.since = real.monotonic()
        self.used = real.process_time()
        self.recorded = False
        self.turns = 0
        self.site: Site | None = None
        self.name = ""


class Sampler:
    """Args:
    monitor: says when there is something to look at, and records it.
    computing: is told where the loop's thread was seen.
    """

    def __init__(self, monitor: LoopMonitor, computing: Computing) -> None:
        self._monitor = monitor
        self._hopeless = limits.STUCK
        self._computing = computing
        self._file: ThreadFile | None = None
        self._thread = 0
        self._sleep: _Sleep | None = None
        self._turn = -1
        self._turn_began = 0.0
        self._overrun = ThisMachine.speed.seconds(limits.OVERRUN * 1000)
        self._overrun_sent = False

    def start(self, hopeless: float) -> None:
        """Start to look at the calling thread.

        Args:
            hopeless: real seconds after which time goes on for the threads.
        """
        self._hopeless = hopeless
        self._file = ThreadFile.open(_thread.get_native_id())
        self._thread = _thread.get_ident()
        sys.setswitchinterval(real.lasting(ThisMachine.speed.seconds(limits.UNSEEN)))
        real_start_new_thread(self._look_on, ())

    def _look_on(self) -> None:
        # A submission that waits for a signal has all its threads leave it alone, and
        # does not know of this one.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            real.sleep(limits.SAMPLE)
            if self._monitor.loop_runs:
                self._look()
            else:
                self._sleep = None
                if self._monitor.inside and not self._monitor.step.resting:
                    # What is imported may have no end either.
                    self._watch_turn()

    def _look(self) -> None:
        # First of all: what comes after lets the loop's thread run on, and what has
        # kept the GIL from us until now may then be over.
        self._computing.seen(self._frame())
        self._watch_turn()
        call = self._call()
        if call is None or not call.blocks:
            self._sleep = None
            return
        self._computing.was_asleep()
        cpu = processor_time(self._thread)
        if cpu is None:
            # It may have run and come back to the same call in the meantime.
            return
        last = self._sleep
        if last is not None and last.text == call.text and last.cpu == cpu:
            self._asleep(last)
            return
        self._sleep = sleep = _Sleep(call.text, cpu, is_lock=call.is_lock)
        # Taken now: if the thread has not moved at the next look, it was here.
        frame = self._frame()
        if not self._monitor.loop_runs or _is_starting(frame):
            self._sleep = None
            return
        sleep.site, sleep.name = whereabouts(self._monitor.recorder.sites, frame)
        sleep.site = sleep.site or self._monitor.site_of_task()

    def _asleep(self, sleep: _Sleep) -> None:
        # What it waits for may be a thread that waits for its turn.
        self._monitor.step.threads.open()
        if sleep.recorded:
            self._let_time_pass(sleep)
            return
        if sleep.is_lock and not self._is_long(sleep):
            return
        sleep.recorded = True
        name = sleep.name or "a system call"
        self._monitor.recorder.record("blocked", name, sleep.site)

    def _is_long(self, sleep: _Sleep) -> bool:
        """Whether a lock is held for more than a moment: by the clock, or by work."""
        busy, machine = bool(self._monitor.step.threads), ThisMachine.speed
        patience = machine.patience(limits.LOCK if busy else limits.QUIET_LOCK)
        if real.monotonic() - sleep.since >= patience:
            return True
        return machine.is_beyond(real.process_time() - sleep.used, limits.LOCKED)

    def _let_time_pass(self, sleep: _Sleep) -> None:
        step = self._monitor.step
        if real.monotonic() - sleep.since < self._hopeless or sleep.turns >= _TURNS:
            return
        if not step.threads and not step.look_round():
            sleep.turns += 1
            call = Blocked(sleep.name or "a system call", sleep.site)
            step.rest_for_the_loop(call, lambda: self._sleeps_on(sleep))

    def _sleeps_on(self, sleep: _Sleep) -> bool:
        call = self._call()
        same = call is not None and call.text == sleep.text
        return same and (processor_time(self._thread) or 0) == sleep.cpu

    def _call(self) -> SystemCall | None:
        """The call in which the loop's thread sleeps, where it does and can be seen."""
        return self._file.asleep_in() if self._file is not None else None

    def _frame(self) -> FrameType | None:
        return sys._current_frames().get(self._monitor.step.loop_thread)

    def _watch_turn(self) -> None:
        now, turn = real.monotonic(), self._monitor.turn
        if turn != self._turn:
            self._turn, self._turn_began, self._overrun_sent = turn, now, False
        elif not self._overrun_sent and now - self._turn_began > self._overrun:
            self._overrun_sent = True
            site, _ = whereabouts(self._monitor.recorder.sites, self._frame())
            self._monitor.step.send_live(Rest(None, [Overrun(site)], live=True))


def _is_starting(frame: FrameType | None) -> bool:
    while frame is not None:
        if (
            frame.f_code.co_qualname in _STARTING
            and frame.f_globals.get("__name__") in _STARTERS
        ):
            return True
        frame = frame.f_back
    return False

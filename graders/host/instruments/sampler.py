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
import time
from types import FrameType

from graders.host._clock import real_monotonic
from graders.host._threads import real_sleep, real_start_new_thread
from graders.host.instruments.computing import Computing
from graders.host.instruments.duty import Duty
from graders.host.instruments.naming import whereabouts
from graders.host.instruments.system_calls import ThreadFile
from graders.wire import Blocked, Overrun, Rest, Site

# Real seconds between two looks. An unseen block is at most twice as long.
_PERIOD = 0.005
# How long (seconds) a callback that computes may keep the GIL from the sampler: shorter
# than usual, or it would never be seen in blocks of 5 ms.
_SWITCH = 0.001
# A lock that another thread holds for a moment is no finding, and on a busy machine the
# moment lasts until the holder gets the processor back. Where no thread is busy only
# their comings and goings take locks.
_LOCK_PATIENCE = 0.25
_QUIET_LOCK_PATIENCE = 0.03
# Asleep for so long (seconds), and no thread runs that could end it: then time goes on,
# for whoever sleeps until he does. So many times, and the proctor ends it.
_HOPELESS = 2.0
_TURNS = 2_000
# After so long in one callback the proctor is told the line, in case it has to stop us.
_OVERRUN = 2.0

# Starting a thread or a program waits for it to be there, also when asyncio does it;
# and a thread that has ended takes a moment to be gone.
_STARTING = frozenset({"Thread.start", "start", "join", "Popen._execute_child"})
_STARTERS = frozenset({"threading", "subprocess", "graders.host._threads"})


class _Sleep:
    """The loop's thread, asleep: since when, in what, and where in the code."""

    __slots__ = ("cpu", "is_lock", "name", "recorded", "since", "site", "text", "turns")

    def __init__(self, text: bytes, cpu: int, *, is_lock: bool) -> None:
        self.text = text
        self.cpu = cpu
        self.is_lock = is_lock
        self.since = real_monotonic()
        self.recorded = False
        self.turns = 0
        self.site: Site | None = None
        self.name = ""


class Sampler:
    """Args:
    duty: says when there is something to look at, and records it.
    computing: is told where the loop's thread was seen.
    hopeless: real seconds after which time goes on for the threads; None for the usual.
    """

    def __init__(
        self, duty: Duty, computing: Computing, hopeless: float | None = None
    ) -> None:
        self._duty = duty
        self._hopeless = _HOPELESS if hopeless is None else hopeless
        self._computing = computing
        self._file: ThreadFile | None = None
        self._clock = 0
        self._read_clock = time.clock_gettime_ns
        self._sleep: _Sleep | None = None
        self._turn = -1
        self._turn_began = 0.0
        self._overrun_sent = False

    def start(self) -> None:
        """Start to look at the calling thread."""
        self._file = ThreadFile.open(_thread.get_native_id())
        self._clock = time.pthread_getcpuclockid(_thread.get_ident())
        sys.setswitchinterval(_SWITCH)
        real_start_new_thread(self._look_on, ())

    def _look_on(self) -> None:
        # A submission that waits for a signal has all its threads leave it alone, and
        # does not know of this one.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            real_sleep(_PERIOD)
            if self._duty.loop_runs:
                self._look()
            else:
                self._sleep = None
                if self._duty.inside and not self._duty.step.resting:
                    # What is imported may have no end either.
                    self._watch_turn()

    def _look(self) -> None:
        # First of all: what comes after lets the loop's thread run on, and what has
        # kept the GIL from us until now may then be over.
        self._computing.seen(self._frame())
        self._watch_turn()
        call = self._file.asleep_in() if self._file is not None else None
        if call is None or not call.blocks:
            self._sleep = None
            return
        self._computing.was_asleep()
        cpu = self._read_clock(self._clock)
        last = self._sleep
        if last is not None and last.text == call.text and last.cpu == cpu:
            self._asleep(last)
            return
        self._sleep = sleep = _Sleep(call.text, cpu, is_lock=call.is_lock)
        # Taken now: if the thread has not moved at the next look, it was here.
        frame = self._frame()
        if not self._duty.loop_runs or _is_starting(frame):
            self._sleep = None
            return
        sleep.site, sleep.name = whereabouts(self._duty.recorder.sites, frame)
        sleep.site = sleep.site or self._duty.site_of_task()

    def _asleep(self, sleep: _Sleep) -> None:
        if sleep.recorded:
            self._let_time_pass(sleep)
            return
        patience = 0.0
        if sleep.is_lock:
            busy = self._duty.step.threads_busy()
            patience = _LOCK_PATIENCE if busy else _QUIET_LOCK_PATIENCE
        if real_monotonic() - sleep.since < patience:
            return
        sleep.recorded = True
        name = sleep.name or "a system call"
        self._duty.recorder.record("blocked", name, sleep.site)

    def _let_time_pass(self, sleep: _Sleep) -> None:
        step = self._duty.step
        if real_monotonic() - sleep.since < self._hopeless or sleep.turns >= _TURNS:
            return
        if not step.threads_busy() and not step.look_round():
            sleep.turns += 1
            call = Blocked(sleep.name or "a system call", sleep.site)
            step.rest_for_the_loop(call, lambda: self._sleeps_on(sleep))

    def _sleeps_on(self, sleep: _Sleep) -> bool:
        call = self._file.asleep_in() if self._file is not None else None
        same = call is not None and call.text == sleep.text
        return same and self._read_clock(self._clock) == sleep.cpu

    def _frame(self) -> FrameType | None:
        return sys._current_frames().get(self._duty.step.loop_thread)

    def _watch_turn(self) -> None:
        now, turn = real_monotonic(), self._duty.turn
        if turn != self._turn:
            self._turn, self._turn_began, self._overrun_sent = turn, now, False
        elif not self._overrun_sent and now - self._turn_began > _OVERRUN:
            self._overrun_sent = True
            site, _ = whereabouts(self._duty.recorder.sites, self._frame())
            overrun = Overrun(site, round(now - self._turn_began, 1))
            self._duty.step.send_live(Rest(None, [overrun], live=True))


def _is_starting(frame: FrameType | None) -> bool:
    while frame is not None:
        if (
            frame.f_code.co_qualname in _STARTING
            and frame.f_globals.get("__name__") in _STARTERS
        ):
            return True
        frame = frame.f_back
    return False

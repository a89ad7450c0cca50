"""Sees that the event loop is held up, by whom and where.

Three layers, each for what the one before cannot see: calls that are known by name
(`named_calls`, `descriptors`, `fifos`, `databases`, `files`), a thread caught asleep in
the kernel (`sampler`), and time spent computing (`computing`). Evidence is recorded,
never raised: a right program must not break.
"""

from __future__ import annotations

import asyncio
import sys

from graders.host.clock.lockstep import LockStep
from graders.host.instruments import uncounted_threads
from graders.host.instruments.cpu_time import Computing
from graders.host.instruments.descriptors import Descriptors
from graders.host.instruments.fifos import Fifos
from graders.host.instruments.loop_monitor import Duty
from graders.host.instruments.named_calls import NamedCalls
from graders.host.instruments.readiness import Readiness
from graders.host.instruments.recorder import Recorder
from graders.host.instruments.sampler import Sampler
from graders.host.instruments.sync_files import Files
from graders.host.instruments.sync_sqlite import Databases
from graders.host.instruments.uncounted_threads import Sleepers
from graders.host.serving.asgi_runs import Applications
from graders.wire import Blocked


class Blocking:
    """Args:
    step: the host's half of the lock step.
    recorder: receives the evidence.
    applications: knows whether requests are being served.
    loop: the loop of the submission.
    stuck: real seconds that anything may hang in the kernel; None for the usual.
    """

    def __init__(
        self,
        step: LockStep,
        recorder: Recorder,
        applications: Applications,
        loop: asyncio.AbstractEventLoop,
        stuck: float | None = None,
    ) -> None:
        self._duty = Duty(step, recorder, applications, loop)
        self._readiness = Readiness(self._duty)
        self._computing = Computing(self._duty)
        self._sampler = Sampler(self._duty, self._computing, stuck)

    def install(self) -> None:
        """Begin to look; called on the loop's thread, before anything is loaded."""
        readiness, fifos = self._readiness, Fifos(self._readiness)
        NamedCalls(self._duty, readiness).install()
        Descriptors(readiness).install()
        fifos.install()
        Files(self._duty, readiness, fifos).install()
        Databases(self._duty).install()
        self._computing.install()
        self._duty.step.asleep = Sleepers(self._duty.step).asleep
        self._sampler.start()

    def callbacks_begin(self) -> None:
        """A round of callbacks begins."""
        self._duty.turn += 1
        self._duty.inside = True

    def callbacks_end(self) -> None:
        """It is over; the loop polls or rests."""
        self._duty.inside = False

    def dismiss_sleepers(self, keys: set[int]) -> None:
        """Stop waiting for threads that sleep where nobody counts them."""
        uncounted_threads.dismiss(self._duty, keys)

    def named_call(self, what: str) -> Blocked:
        """A primitive is about to hold up the loop; returns its name and place."""
        return self._duty.announce("blocked", sys._getframe(1), what)

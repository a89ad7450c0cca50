"""Sees that the event loop is held up, by whom and where.

Three layers, each for what the one before cannot see: calls that are known by name
(`named_calls`, `descriptors`, `fifos`, `sync_sqlite`, `sync_files`), a thread caught
asleep in the kernel (`sampler`), and time spent computing (`cpu_time`). Evidence is
recorded, never raised: a right program must not break.
"""

from __future__ import annotations

import sys

from graders.host.instruments import uncounted_threads
from graders.host.instruments.cpu_time import Computing
from graders.host.instruments.descriptors import Descriptors
from graders.host.instruments.fifos import Fifos
from graders.host.instruments.loop_monitor import LoopMonitor
from graders.host.instruments.named_calls import NamedCalls
from graders.host.instruments.readiness import Readiness
from graders.host.instruments.sampler import Sampler
from graders.host.instruments.sync_files import Files
from graders.host.instruments.sync_sqlite import Databases
from graders.host.instruments.uncounted_threads import Sleepers
from graders.wire import Blocked


class Blocking:
    """Args:
    monitor: says when the loop is being watched.
    """

    def __init__(self, monitor: LoopMonitor) -> None:
        self._monitor = monitor
        self._readiness = Readiness(self._monitor)
        self._computing = Computing(self._monitor)
        self._sampler = Sampler(self._monitor, self._computing)

    def install(self) -> None:
        """Replace what is known by name; called before anything is loaded."""
        readiness, fifos = self._readiness, Fifos(self._readiness)
        NamedCalls(self._monitor, readiness).install()
        Descriptors(readiness).install()
        fifos.install()
        Files(self._monitor, readiness, fifos).install()
        Databases(self._monitor).install()
        self._computing.install()
        # From outside: what knows who sleeps is made of the clock.
        self._monitor.step.asleep = Sleepers(self._monitor.step).asleep

    def begin(self, stuck: float) -> None:
        """Begin to look; called on the loop's thread.

        Args:
            stuck: real seconds that anything may hang in the kernel.
        """
        self._sampler.start(stuck)

    def callbacks_begin(self) -> None:
        """A round of callbacks begins."""
        self._monitor.turn += 1
        self._monitor.inside = True

    def callbacks_end(self) -> None:
        """It is over; the loop polls or rests."""
        self._monitor.inside = False

    def dismiss_sleepers(self, keys: set[int]) -> None:
        """Stop waiting for threads that sleep where nobody counts them."""
        uncounted_threads.dismiss(self._monitor, keys)

    def named_call(self, what: str) -> Blocked:
        """A primitive is about to hold up the loop; returns its name and place."""
        return self._monitor.announce("blocked", sys._getframe(1), what)

"""Threads that have something to do: one at a time, and while the event loop waits.

In which order threads get on is for the machine to say, and who reads whose data, and
whose result comes first, follows from it. Here the event loop goes on until it has
nothing left to do; then each thread that was started or woken meanwhile goes on until
it waits or ends, in the order in which it was started or woken; then the loop again.
Who goes round and round lets the others go first now and then.
That is one of the orders that life has, and the same one on every machine.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import select
from collections.abc import Iterator

from graders.host.clock.waiter import Waiter

# A loop that always has something to do lets the others go first after so many rounds.
ROUNDS = 100

# Taken now: what a submission finds under this name is instrumented later.
_poll = select.poll


class BusyThreads:
    """Args:
    mutex: guards what follows; a re-entrant lock.
    """

    def __init__(self, mutex: _thread.RLock) -> None:
        self._mutex = mutex
        self._running: set[int] = set()
        self._line: dict[int, Waiter] = {}
        self._given_up: set[int] = set()
        self._open = False
        # How many may run at once: more than one only while one sleeps where nobody
        # counts it, or computes for long, and may wait for another one.
        self._abreast = 1
        self.quiet_fd = self._quiet_writer = -1
        self._quiet = _poll()

    def begin(self) -> None:
        """Make the pipe; in the process whose threads these are."""
        # Not `os.pipe2`, which not every platform has.
        self.quiet_fd, self._quiet_writer = os.pipe()
        os.set_blocking(self.quiet_fd, False)
        os.set_blocking(self._quiet_writer, False)
        self._quiet.register(self.quiet_fd, select.POLLIN)

    def __bool__(self) -> bool:
        return bool(self._running or self._line)

    @property
    def running(self) -> set[int]:
        """Keys of the threads that go on now: the idents of those that have started."""
        with self._mutex:
            return set(self._running)

    def __contains__(self, key: int) -> bool:
        return key in self._running or key in self._line

    def counts(self, key: int) -> bool:
        """Whether it is one whose waits are on the exam's clock."""
        return key in self._running or key in self._given_up

    # --- what becomes of a thread -----------------------------------------------------

    def line_up(self, key: int, waiter: Waiter) -> None:
        """A thread has something to do; `waiter` is roused when its turn has come."""
        with self._mutex:
            self._line[key] = waiter
            self._call_next()

    def step_aside(self, key: int) -> None:
        """A running thread goes round and round: those in line go first."""
        with self._mutex:
            if not self._line or key not in self._running:
                return
            waiter = Waiter()
            self._running.discard(key)
            self.line_up(key, waiter)
        waiter.sleep_really()

    def rename(self, key: int, name: int) -> None:
        """A thread that runs is known under another key from now on."""
        with self._mutex:
            self._running.discard(key)
            self._running.add(name)

    def come_to_rest(self, key: int) -> None:
        """A thread has nothing to do any more: it ended, or waits."""
        self.leave(key)
        self.announce()

    def leave(self, key: int) -> None:
        """As `come_to_rest`, for who holds the mutex and will `announce` it later."""
        with self._mutex:
            self._running.discard(key)
            self._given_up.discard(key)
            self._line.pop(key, None)
            self._call_next()

    def announce(self) -> None:
        """Tell the event loop when none is left that has anything to do.

        Never within the mutex: a write lets other threads run, and the loop's own would
        then be seen waiting for us.
        """
        if not self:
            # To block would mean that it is readable.
            with contextlib.suppress(BlockingIOError):
                os.write(self._quiet_writer, b".")

    def give_up(self, key: int) -> None:
        """A thread was found asleep where nobody counts it: do not wait for it.

        It counts again from its next wait on.
        """
        with self._mutex:
            if key in self._running:
                self.leave(key)
                self._given_up.add(key)
        self.announce()

    def _call_next(self) -> None:
        while self._open and self._line and len(self._running) < self._abreast:
            key = next(iter(self._line))
            self._running.add(key)
            self._line.pop(key).rouse()

    # --- what the event loop's thread does --------------------------------------------

    @contextlib.contextmanager
    def let_run(self) -> Iterator[None]:
        """Within the block threads go on, one after another."""
        self.open()
        try:
            yield
        finally:
            self._open, self._abreast = False, 1

    def open(self) -> None:
        """Let threads go on until the event loop has waited for them once more."""
        with self._mutex:
            self._open = True
            self._call_next()

    @property
    def line(self) -> bool:
        """Whether one waits for its turn."""
        return bool(self._line)

    def call_one_more(self) -> bool:
        """Let the next one go on beside those that run, and may wait for it.

        Returns:
            Whether there was one.
        """
        with self._mutex:
            if not self._line:
                return False
            self._abreast += 1
            self._call_next()
            return True

    def wait_until_quiet(self, timeout: float | None) -> None:
        """Until the last one has come to rest, or for `timeout` real seconds."""
        self._quiet.poll(None if timeout is None else timeout * 1000)
        self.hush()

    def hush(self) -> None:
        """Empty the pipe behind `quiet_fd`."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.quiet_fd, 4096)

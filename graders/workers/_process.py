"""Inside a worker: it carries out one order after another, with one launcher.

It ends when the pool does, however that ended, and takes its hosts with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
import traceback
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

import graders.suites
from graders.proctor import Launcher, LauncherFailed, ZygoteGone, launcher
from graders.workers._messages import Answer, Cancel, Duty, Task


class _Cancelled(Exception):
    """The order at hand is of no use any more."""


class _Pool:
    """The other end of the wire.

    Args:
        wire: from it everything is read at once, so that the pool never waits for it.
    """

    def __init__(self, wire: Connection) -> None:
        self._wire = wire
        self._heard: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def order(self) -> Any:
        """The next order, once there is one."""
        # What is cancelled now has been answered meanwhile.
        while isinstance(order := self._heard.get(), Cancel):
            pass
        return order

    def tell(self, value: Any) -> None:
        """Say how far the order at hand has come; raises when it was cancelled."""
        # There is no other order before this one is answered.
        if not self._heard.empty():
            raise _Cancelled
        self.answer(Answer(value, last=False))

    def answer(self, answer: Answer[Any]) -> None:
        try:
            self._wire.send(answer)
        except OSError:
            # Nobody is there any more.
            sys.exit()

    def _listen(self) -> None:
        try:
            with contextlib.suppress(EOFError, OSError):
                while True:
                    self._heard.put(self._wire.recv())
        finally:
            os.kill(os.getpid(), signal.SIGTERM)


def _carry_out(
    order: Any, task: Task[Any, Any], hosts: Launcher, pool: _Pool
) -> Answer[Any]:
    try:
        return Answer(task(order, hosts, pool.tell))
    except _Cancelled:
        return Answer()
    except LauncherFailed as exc:
        # Where a zygote is gone, others may be graded on this machine all the same.
        return Answer(trouble=str(exc), launcher=not isinstance(exc, ZygoteGone))
    except Exception:
        return Answer(trouble=traceback.format_exc())


def _end(number: int, frame: object) -> None:
    # Once: ending in good order is not to be interrupted.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()


def main() -> None:
    """Serve on the descriptor that the command line names."""
    # Ctrl-C is for the process that has the pool, which ends its workers in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, _end)
    wire = Connection(int(sys.argv[1]))
    try:
        duty: Duty[Any, Any] = wire.recv()
    except EOFError:
        return
    pool = _Pool(wire)
    graders.suites.__path__ = duty.suites
    tempfile.tempdir = duty.scratch
    with launcher() as hosts:
        while True:
            pool.answer(_carry_out(pool.order(), duty.task, hosts, pool))

"""One worker, as its pool sees it."""

from __future__ import annotations

import contextlib
import math
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import IO, Generic

from graders.workers._messages import Answer, Cancel, Duty, Order, Value

# It imports from where this process does.
_BEGIN = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from graders.workers._process import main; main()"
)
# Real seconds for a worker to end its hosts in good order.
_PATIENCE = 10.0


@dataclass
class Attempt(Generic[Order]):
    """An order that is carried out, or waits for that.

    Attributes:
        tries: how many are left, this one included.
        begun, deadline: of this one, on the pool's clock.
    """

    order: Order
    tries: int
    begun: float = 0.0
    deadline: float = math.inf
    cancelled: bool = False


class Worker(Generic[Order, Value]):
    """A process that carries out orders.

    Args:
        duty: what it does.
        stderr: a file for what is written to its standard error; None for that of this
            process.

    Attributes:
        wire: readable when there is something to `hear`.
        at: what it works at.
        answered: how many orders, by now.
    """

    def __init__(self, duty: Duty[Order, Value], stderr: IO[bytes] | None) -> None:
        # Its end is the end of the worker, however this process ends.
        ours, theirs = socket.socketpair()
        self.wire = Connection(ours.detach())
        self.at: Attempt[Order] | None = None
        self.answered = 0
        wire = theirs.fileno()
        # Born deaf to Ctrl-C, which is for this process.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-c", _BEGIN, str(wire), *sys.path],
                pass_fds=[wire],
                stdin=subprocess.DEVNULL,
                stderr=stderr,
            )
        finally:
            theirs.close()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.tell(duty)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, what: Duty[Order, Value] | Order | Cancel) -> None:
        """Send it something. One that is gone is noticed when it is heard."""
        with contextlib.suppress(OSError):
            self.wire.send(what)

    def hear(self) -> Answer[Value]:
        """What it says; where it has ended instead, that."""
        try:
            answer: Answer[Value] = self.wire.recv()
        except (EOFError, OSError):
            return Answer(trouble=self._how_it_ended())
        return answer

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_PATIENCE)
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            return f"The process that graded it ended ({how})."
        return "The process that graded it fell silent."

    def stop(self) -> None:
        """Ask it to end; `close` waits for that."""
        self._process.terminate()

    def close(self) -> None:
        """See to it that it has ended."""
        self.wire.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

"""Hands out orders to workers, and replaces those that end."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import IO, Generic

import graders.suites
from graders.workers._messages import Answer, Cancel, Duty, Order, Said, Task, Value
from graders.workers._worker import Attempt, Worker

# A process may be killed by chance, as by a machine that is short of memory, and the
# next one as well.
_TRIES = 3


class Pool(Generic[Order, Value]):
    """Carries out orders in several processes. Close it, or use it in a `with` block.

    An order that costs a process its life, or that its task cannot cope with, is tried
    again, in a fresh process.

    Args:
        task: what is done with an order: a function of a module, or a `partial` of one.
        size: how many processes there are, at most. They start when they are needed.
        budget: real seconds that an order may take.
        renew: orders after which a process makes way for a fresh one.
        tries: how often an order is tried.
        scratch: the folder for everything that is temporary; None for the usual one.
        stderr: a file for what the processes write to standard error.
        now: a clock, in seconds.
    """

    def __init__(
        self,
        task: Task[Order, Value],
        size: int = 1,
        *,
        budget: float = math.inf,
        renew: float = math.inf,
        tries: int = _TRIES,
        scratch: str | None = None,
        stderr: IO[bytes] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._duty = Duty(task, list(graders.suites.__path__), scratch)
        self._size = size
        self._budget = budget
        self._renew = renew
        self._tries = tries
        self._stderr = stderr
        self._now = now
        self._workers: list[Worker[Order, Value]] = []
        self._waiting: deque[Attempt[Order]] = deque()

    @property
    def pids(self) -> list[int]:
        """The processes there are."""
        return [worker.pid for worker in self._workers]

    @property
    def wires(self) -> list[Connection]:
        """One of them is readable when there is something to `collect`."""
        return [worker.wire for worker in self._workers]

    @property
    def patience(self) -> float | None:
        """Real seconds until it is time to `collect` in any case; None for never."""
        first = min((one.deadline for one in self._under_way), default=math.inf)
        return max(first - self._now(), 0.0) if first < math.inf else None

    @property
    def _under_way(self) -> list[Attempt[Order]]:
        return [worker.at for worker in self._workers if worker.at is not None]

    def order(self, order: Order) -> None:
        """Have it carried out, as soon as a process is free."""
        self._waiting.append(Attempt(order, self._tries))
        self._hand_out()

    def cancel(self, order: Order, within: float = 0.0) -> None:
        """Nothing more is heard of this very order.

        Args:
            within: real seconds, from when it was begun, after which its process is
                ended; before that it may leave the order at the next `Tell`.
        """
        self._waiting = deque(one for one in self._waiting if one.order is not order)
        for worker in self._workers:
            one = worker.at
            if one is not None and one.order is order and not one.cancelled:
                one.cancelled = True
                one.deadline = min(one.deadline, one.begun + within)
                worker.tell(Cancel())

    def collect(self, timeout: float | None = None) -> list[Said[Order, Value]]:
        """Wait until a process says something, or an order has had its time.

        Args:
            timeout: real seconds to wait at most; None for as long as it takes.

        Returns:
            What there is to say, each with the very order it is about.
        """
        waits = [one for one in (timeout, self.patience) if one is not None]
        ready = wait(self.wires, min(waits, default=None))
        said: list[Said[Order, Value]] = []
        for worker in list(self._workers):
            one = worker.at
            if worker.wire in ready:
                said += self._settled(worker, worker.hear())
            elif one is not None and self._now() >= one.deadline:
                trouble = f"Grading it took more than {self._budget:g} s of real time."
                said += self._settled(worker, Answer(trouble=trouble))
        self._hand_out()
        return said

    def answers(self, orders: Iterable[Order]) -> Generator[Said[Order, Value]]:
        """Carry out orders; the last answer to each, in any order.

        None is taken before a process is free.
        """
        coming = iter(orders)
        while True:
            room = self._size - len(self._under_way) - len(self._waiting)
            for order in islice(coming, room):
                self.order(order)
            if not self._under_way:
                return
            yield from (one for one in self.collect() if one[1].last)

    def _hand_out(self) -> None:
        """Keep every process busy."""
        while self._waiting:
            worker = next((one for one in self._workers if one.at is None), None)
            if worker is None:
                if len(self._workers) >= self._size:
                    return
                worker = Worker(self._duty, self._stderr)
                self._workers.append(worker)
            one = worker.at = self._waiting.popleft()
            one.begun = self._now()
            one.deadline = one.begun + self._budget
            worker.tell(one.order)

    def _settled(
        self, worker: Worker[Order, Value], answer: Answer[Value]
    ) -> list[Said[Order, Value]]:
        """What there is to say after an answer; nothing when there is another try."""
        one = worker.at
        if answer.last:
            worker.at = None
            worker.answered += 1
            if answer.trouble or worker.answered >= self._renew:
                self._workers.remove(worker)
                worker.stop()
                worker.close()
        if one is None or one.cancelled:
            # It has ended without work, or nobody asks any more.
            return []
        if answer.trouble and one.tries > 1:
            self._waiting.append(Attempt(one.order, one.tries - 1))
            return []
        return [(one.order, answer)]

    def close(self) -> None:
        """End all processes, and every host with them."""
        self._waiting.clear()
        for worker in self._workers:
            worker.stop()
        while self._workers:
            self._workers.pop().close()

    def __enter__(self) -> Pool[Order, Value]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

"""Workers that grade side by side. None of them can take the batch down."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait

import msgspec

from graders.batch._orders import Answer, Job, Orders
from graders.wire import limits

# Real seconds that one grading may take: far more than what the proctor allows to a
# submission, on a machine on which it waits for its turn most of the time.
BUDGET = 10 * limits.SUBMISSION
# Submissions after which a worker makes way for a fresh one.
RENEW = 100
# A process may be killed by chance, as by a machine that is short of memory, and the
# next one as well.
_TRIES = 3
# Real seconds for a worker to end its hosts in good order.
_PATIENCE = 10.0


@dataclass(frozen=True)
class _Task:
    job: Job
    tries: int = 0


class _Worker:
    """One worker process, and what it works at."""

    def __init__(self, orders: Orders) -> None:
        ours, theirs = socket.socketpair()
        with theirs, _without_interrupts():
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-s", "-m", "graders.batch._worker"),
                    str(theirs.fileno()),
                ],
                pass_fds=[theirs.fileno()],
                # It ends when nobody holds this open any more.
                stdin=subprocess.PIPE,
            )
        self.connection = Connection(ours.detach())
        self.task: _Task | None = None
        self.deadline = 0.0
        self.graded = 0
        self._say(msgspec.msgpack.encode(orders))

    @property
    def pid(self) -> int:
        return self._process.pid

    def begin(self, task: _Task, budget: float) -> None:
        """Give it something to do."""
        self.task = task
        self.deadline = time.monotonic() + budget
        self._say(msgspec.msgpack.encode(task.job))

    def answer(self) -> Answer | None:
        """What it says; None when it has ended instead."""
        try:
            data = self.connection.recv_bytes()
            return msgspec.msgpack.decode(data, type=Answer)
        except (EOFError, OSError, msgspec.MsgspecError):
            return None

    def how_it_ended(self) -> str:
        """A sentence on a worker that is gone."""
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
        self.connection.close()
        assert self._process.stdin is not None
        # What it was told last may not have been read.
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self, data: bytes) -> None:
        # One that is gone is noticed when its answer is awaited.
        with contextlib.suppress(OSError):
            self.connection.send_bytes(data)


class Pool:
    """Grades jobs in several processes.

    Args:
        orders: how to grade.
        size: how many processes there are.
        budget: real seconds that one submission may take, for each time it is graded.
        renew: submissions after which a process makes way for a fresh one.
    """

    def __init__(
        self, orders: Orders, size: int, budget: float = BUDGET, renew: int = RENEW
    ) -> None:
        self._orders = orders
        self._size = size
        self._budget = budget * orders.repeat
        self._renew = renew
        self._workers: list[_Worker] = []
        self._again: deque[_Task] = deque()

    @property
    def pids(self) -> list[int]:
        """The processes there are."""
        return [worker.pid for worker in self._workers]

    def answers(self, jobs: Iterator[Job]) -> Generator[Answer]:
        """Grade jobs; the answers come in any order.

        A job that costs a process its life, or that the grader cannot cope with, is
        tried twice more, in fresh ones. No job is taken before a process is free.
        """
        try:
            while self._hand_out(jobs):
                yield from self._collect()
        finally:
            for worker in self._workers:
                worker.stop()
            while self._workers:
                self._workers.pop().close()

    def _hand_out(self, jobs: Iterator[Job]) -> bool:
        """Keep every process busy; False when nothing is left to be done."""
        free = [worker for worker in self._workers if worker.task is None]
        while free or len(self._workers) < self._size:
            task = self._next(jobs)
            if task is None:
                break
            if not free:
                self._workers.append(_Worker(self._orders))
                free.append(self._workers[-1])
            free.pop().begin(task, self._budget)
        return any(worker.task is not None for worker in self._workers)

    def _next(self, jobs: Iterator[Job]) -> _Task | None:
        if self._again:
            return self._again.popleft()
        job = next(jobs, None)
        return _Task(job) if job is not None else None

    def _collect(self) -> Generator[Answer]:
        """Wait until a process has something to say, or has had its time."""
        busy = [worker for worker in self._workers if worker.task is not None]
        left = min(worker.deadline for worker in busy) - time.monotonic()
        ready = wait([worker.connection for worker in busy], max(left, 0))
        for worker in busy:
            if worker.connection in ready:
                answer = worker.answer()
                trouble = worker.how_it_ended() if answer is None else answer.trouble
            elif time.monotonic() >= worker.deadline:
                answer = None
                trouble = f"Grading it took more than {self._budget:g} s of real time."
            else:
                continue
            yield from self._settle(worker, answer, trouble)

    def _settle(
        self, worker: _Worker, answer: Answer | None, trouble: str
    ) -> Generator[Answer]:
        task, worker.task = worker.task, None
        assert task is not None
        worker.graded += 1
        if answer is not None and answer.verdict is not None:
            if worker.graded >= self._renew:
                self._dismiss(worker)
            yield answer
            return
        self._dismiss(worker)
        if task.tries + 1 < _TRIES:
            self._again.append(replace(task, tries=task.tries + 1))
        else:
            yield answer or Answer(task.job.number, trouble=trouble)

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.stop()
        worker.close()


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process that is started meanwhile is born deaf to Ctrl-C."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

"""What differs from release to release of Python, in the shapes that there are.

Python 3.14 is not among those that the whole suite runs on. What we touch of it is made
here in its shape, from its source.
"""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from concurrent.futures import Future, thread
from contextvars import Context, copy_context
from typing import Any

import pytest

from graders.host.clock import locks
from graders.host.clock.busy_threads import BusyThreads
from graders.host.clock.current import current_run, handed_by
from graders.host.clock.lockstep import LockStep
from graders.host.clock.threads import _End, _run_counted
from graders.host.clock.waiter import Waiter
from graders.host.instruments.recorder import Recorder, Sites
from graders.host.instruments.waits import Waits
from graders.wire import Site


class _Job:
    """A pool's job until Python 3.13."""

    def __init__(self, future: Future[int], fn: Callable[[], int]) -> None:
        self.future = future
        self.work = fn

    def run(self) -> None:
        self.future.set_result(self.work())


class _JobSince314:
    """A pool's job since Python 3.14: made of a task, and given a context."""

    def __init__(self, future: Future[int], task: Any) -> None:
        self.future = future
        self.task = task

    def run(self, ctx: Any) -> None:
        self.future.set_result(ctx.run(self.task))


class _WorkerContext:
    @staticmethod
    def run(task: Callable[[], int]) -> int:
        return task()


@pytest.mark.parametrize(
    ("job", "context"),
    [(_Job, ()), (_JobSince314, (_WorkerContext,))],
    ids=["until 3.13", "since 3.14"],
)
def test_a_job_of_a_pool_runs_and_knows_who_handed_it_over(
    monkeypatch: pytest.MonkeyPatch, job: Any, context: tuple[Any, ...]
) -> None:
    monkeypatch.setattr(thread, "_WorkItem", job)
    for name in ("__init__", "run"):
        monkeypatch.setattr(job, name, getattr(job, name))
    here = Site("app.py", 7, "total")
    posted: list[Any] = []
    clock = iter((1, 2))
    recorder = Recorder(Sites(), lambda: next(clock), posted.append)
    monkeypatch.setattr(recorder, "lines", lambda: [here])
    waits: Any = Waits(recorder)
    waits._watch_threads()
    seen: list[tuple[Site, ...]] = []

    def work() -> int:
        seen.append(handed_by.get())
        return 42

    future: Future[int] = Future()
    made = job(future, work)
    made.run(*context)

    assert future.result(timeout=0) == 42
    assert seen == [(here,)]
    assert handed_by.get() == ()
    assert [(one.began, one.ended, one.site) for one in posted] == [(1, 2, here)]


@pytest.mark.parametrize(
    ("ours", "real"),
    [
        (locks.Lock, type(_thread.allocate_lock())),
        (locks.RLock, type(_thread.RLock())),
    ],
)
def test_our_locks_have_all_that_the_real_ones_have(ours: type, real: type) -> None:
    # The oldest names of the module `_thread` are left out.
    old = {"acquire_lock", "release_lock", "locked_lock"}
    public = {name for name in dir(real) if not name.startswith("_")} - old
    assert public
    assert public <= set(dir(ours))


def test_a_condition_finds_all_that_it_has_asked_for_since_314() -> None:
    lock = locks.RLock()
    condition = threading.Condition(lock)  # type: ignore[arg-type]
    assert not lock.locked()
    with condition:
        assert lock.locked()
    assert not lock.locked()


def test_a_thread_leaves_nothing_in_a_context_that_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # `Thread(context=...)`, since Python 3.14.
    context: Context = copy_context()
    seen: list[object] = []
    step: Any = _Nobody()
    here = Site("app.py", 7, "total")

    def work() -> None:
        seen.append((handed_by.get(), current_run.get()))

    turn = Waiter()
    turn.rouse()
    context.run(_run_counted, step, turn, work, _End(step), 0, (here,))

    assert seen == [((here,), None)]
    assert context.run(handed_by.get) == ()


class _Nobody(LockStep):
    """The clock of no exam, with threads."""

    def __init__(self) -> None:
        self.threads = BusyThreads(_thread.RLock())
        self.threads.begin()

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from types import ModuleType

import pytest

from graders.proctor import ZygoteGone
from graders.tests.interrupts import heard
from graders.tests.workers import tasks
from graders.workers import Answer, Pool

_PROGRAM = "from graders.tests.workers.tasks import two_without_end as main; main()"


def _told(pool: Pool[str, str]) -> list[tuple[str, Answer[str]]]:
    """What there is to say next."""
    while not (said := pool.collect()):
        pass
    return said


def test_orders_are_carried_out_side_by_side_and_processes_renewed() -> None:
    orders = [f"order{number}" for number in range(5)]
    with Pool(tasks.tell_the_process, 2, renew=2) as pool:
        assert pool.pids == []
        found = dict(pool.answers(orders))
    assert sorted(found) == orders
    values = [str(answer.value).split() for answer in found.values()]
    assert [order for order, _ in values] == list(found)
    pids = [pid for _, pid in values]
    assert all(pids.count(pid) <= 2 for pid in pids)
    assert pool.pids == []


def test_no_order_is_taken_before_a_process_is_free() -> None:
    taken = []

    def orders() -> Iterator[str]:
        for number in range(3):
            taken.append(number)
            yield f"order{number}"

    with Pool(tasks.tell_the_process) as pool:
        for answered, _ in enumerate(pool.answers(orders()), 1):
            assert len(taken) == answered


@pytest.mark.parametrize("deaths", [2, 3])
def test_a_worker_that_dies_is_replaced_and_the_order_tried_again(
    tmp_path: Path, deaths: int
) -> None:
    lives = tmp_path / "lives"
    lives.write_text("one more\n" * deaths)
    with Pool(tasks.die) as pool:
        ((order, answer),) = pool.answers([lives])
    assert order is lives
    assert lives.read_text() == ""
    if deaths < 3:
        assert str(answer.value).startswith("lives ")
    else:
        assert answer == Answer(trouble="The process that graded it ended (signal 9).")


def test_a_worker_that_dies_without_work_is_nobodys_trouble() -> None:
    with Pool(tasks.tell_the_process, tries=1) as pool:
        list(pool.answers(["first"]))
        (pid,) = pool.pids
        os.kill(pid, signal.SIGKILL)
        assert pool.collect() == []
        assert pool.pids == []
        ((_, answer),) = pool.answers(["second"])
    assert answer.trouble == ""
    assert answer.value != f"second {pid}"


def test_a_cancelled_order_is_left_at_the_next_word() -> None:
    endless, waiting, newer = "endless", "endless too", "newer"
    with Pool(tasks.end_when_cancelled) as pool:
        pool.order(endless)
        assert _told(pool)[0] == (endless, Answer("endless goes on", last=False))
        pids = pool.pids
        pool.order(waiting)
        pool.order(newer)
        pool.cancel(waiting)
        pool.cancel(endless, within=float("inf"))
        # The same process goes on, and the one that waited has never begun.
        assert _told(pool) == [(newer, Answer(f"newer {pids[0]}"))]
        assert pool.pids == pids


def test_what_does_not_leave_a_cancelled_order_is_ended() -> None:
    now = 0.0
    endless, newer = "endless", "newer"
    with Pool(tasks.never_end, now=lambda: now) as pool:
        pool.order(endless)
        assert _told(pool) == [(endless, Answer("endless begun", last=False))]
        pids = pool.pids
        patience = [pool.patience]
        now = 2.0
        pool.cancel(endless, within=5.0)
        pool.order(newer)
        patience.append(pool.patience)
        assert pool.collect(timeout=0) == []
        assert pool.pids == pids
        now = 5.0
        patience.append(pool.patience)
        assert _told(pool) == [(newer, Answer("newer begun", last=False))]
        assert pool.pids != pids
    assert patience == [None, 3.0, 0.0]


def test_what_is_cancelled_when_it_has_been_answered_disturbs_nobody() -> None:
    first, second = "first", "second"
    with Pool(tasks.never_end) as pool:
        pool.order(first)
        assert _told(pool) == [(first, Answer("first begun", last=False))]
        pids = pool.pids
        # Its last answer is there by now.
        assert wait(pool.wires) == pool.wires
        pool.cancel(first, within=float("inf"))
        pool.order(second)
        assert _told(pool) == [(second, Answer("second begun", last=False))]
        assert _told(pool) == [(second, Answer(f"second {pids[0]}"))]


def test_an_order_that_takes_too_long_is_ended() -> None:
    now = 0.0
    with Pool(tasks.never_end, budget=7.0, tries=1, now=lambda: now) as pool:
        pool.order("endless")
        assert len(_told(pool)) == 1
        now = 7.0
        trouble = "Grading it took more than 7 s of real time."
        assert _told(pool) == [("endless", Answer(trouble=trouble))]
        assert pool.pids == []


def test_what_the_grader_cannot_cope_with_is_told() -> None:
    with Pool(tasks.fail, tries=2) as pool:
        found = dict(pool.answers(["launcher", "zygote", "task"]))
    assert found["launcher"] == Answer(trouble="There is no seccomp.", launcher=True)
    # Others can be graded.
    assert found["zygote"] == Answer(trouble=str(ZygoteGone()))
    assert found["task"].trouble.endswith("ValueError: a bad task\n")
    assert not found["task"].launcher


def test_a_worker_that_cannot_start_is_told_and_what_it_has_written_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = ModuleType("nowhere_but_here")

    def task(order: object, hosts: object, tell: object) -> None: ...

    task.__module__, task.__qualname__ = here.__name__, "task"
    monkeypatch.setattr(here, "task", task, raising=False)
    monkeypatch.setitem(sys.modules, here.__name__, here)
    with tempfile.TemporaryFile() as paper, Pool(task, stderr=paper) as pool:
        ((_, answer),) = pool.answers(["order"])
        paper.seek(0)
        written = paper.read().decode()
    assert answer == Answer(trouble="The process that graded it ended (exit code 1).")
    assert written.count("No module named 'nowhere_but_here'\n") == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_pool(number: signal.Signals) -> None:
    with heard():
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        pids = [int(pid) for pid in process.stderr.readline().split()]
        assert len(pids) == 2
        # Ctrl-C on a terminal reaches the workers as well.
        send = os.killpg if number == signal.SIGINT else os.kill
        send(process.pid, number)
        assert process.wait() == -number
        # The workers have it, too: it ends with the last of them.
        assert process.stdout.read() == b""
        complaints = process.stderr.read().decode()
    if number == signal.SIGINT:
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
    assert complaints.count("Traceback") == (number == signal.SIGINT)

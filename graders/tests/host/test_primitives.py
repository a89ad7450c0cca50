"""What hosts replace in the standard library's private parts is still there.

Each test fails loudly where a Python release changes one.
"""

from __future__ import annotations

import inspect
import queue
import sys
import threading

import pytest

from graders.platform_parts import processor_time
from graders.proctor import Exam
from graders.tests.exams import Examine, kinds


def test_condition_waits_sleep_on_a_lock_made_by_allocate_lock() -> None:
    assert callable(threading._allocate_lock)  # type: ignore[attr-defined]
    assert "_allocate_lock()" in inspect.getsource(threading.Condition.wait)


def test_threading_and_queue_read_the_clock_through_module_names() -> None:
    assert callable(threading._time)  # type: ignore[attr-defined]
    assert callable(queue.time)  # type: ignore[attr-defined]
    assert "endtime = time()" in inspect.getsource(queue.Queue.get)


def test_there_is_a_simple_queue_in_python() -> None:
    simple = queue._PySimpleQueue()  # type: ignore[attr-defined]
    simple.put(1)
    assert simple.get() == 1


def test_the_processor_time_of_a_thread_that_has_ended_is_nobodys() -> None:
    """Asked in another way, the interpreter itself may crash."""
    assert processor_time(threading.get_ident(), threading.get_native_id())
    if sys.platform == "linux":
        # Numbers of threads end before that.
        assert processor_time(0, 2**22 + 1) is None


PRIMITIVES = """
    import queue
    import threading
    import time
    from fastapi import FastAPI

    app = FastAPI()

    def later(action):
        def run():
            time.sleep(2)
            action()
        threading.Thread(target=run, daemon=True).start()

    @app.get("/event")
    def event():
        event = threading.Event()
        later(event.set)
        return event.wait()

    @app.get("/event-timeout")
    def event_timeout():
        return not threading.Event().wait(2)

    @app.get("/queue")
    def from_queue():
        items = queue.Queue()
        later(lambda: items.put(True))
        return items.get()

    @app.get("/queue-timeout")
    def queue_timeout():
        try:
            queue.Queue().get(timeout=2)
        except queue.Empty:
            return True

    @app.get("/simple-queue")
    def simple_queue():
        items = queue.SimpleQueue()
        later(lambda: items.put(True))
        return items.get()

    @app.get("/semaphore")
    def semaphore():
        return not threading.Semaphore(0).acquire(timeout=2)

    @app.get("/lock")
    def lock():
        lock = threading.Lock()
        lock.acquire()
        later(lock.release)
        return lock.acquire()

    @app.get("/lock-timeout")
    def lock_timeout():
        lock = threading.Lock()
        lock.acquire()
        return not lock.acquire(timeout=2)

    @app.get("/rlock")
    def rlock():
        lock = threading.RLock()

        def hold():
            with lock:
                time.sleep(2)

        thread = threading.Thread(target=hold)
        thread.start()
        time.sleep(0.5)
        with lock, lock:
            return not thread.is_alive() or thread.join() is None

    @app.get("/condition")
    def condition():
        condition, box = threading.Condition(), []

        def fill():
            with condition:
                box.append(1)
                condition.notify_all()

        later(fill)
        with condition:
            return condition.wait_for(lambda: box, timeout=5) == [1]

    @app.get("/barrier")
    def barrier():
        barrier = threading.Barrier(2)
        later(barrier.wait)
        return barrier.wait() in (0, 1)

    @app.get("/join-timeout")
    def join_timeout():
        thread = threading.Thread(target=time.sleep, args=(9,), daemon=True)
        thread.start()
        thread.join(2)
        return thread.is_alive()

    @app.get("/join-twice")
    def join_twice():
        thread = threading.Thread(target=time.sleep, args=(2,))
        thread.start()
        other = threading.Thread(target=thread.join)
        other.start()
        thread.join()
        other.join()
        return not thread.is_alive()
"""
WAYS = [
    "event",
    "event-timeout",
    "queue",
    "queue-timeout",
    "simple-queue",
    "semaphore",
    "lock",
    "lock-timeout",
    "rlock",
    "condition",
    "barrier",
    "join-timeout",
    "join-twice",
]


@pytest.mark.parametrize("way", WAYS)
def test_waiting_in_a_thread_takes_virtual_time(examine: Examine, way: str) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get(f"/{way}")
        assert (reply.status, reply.json(), reply.took) == (200, True, 2.0)

    assert kinds(examine(PRIMITIVES, body)) == []


@pytest.mark.parametrize(
    "way", [way for way in WAYS if way not in ("rlock", "join-twice")]
)
def test_the_same_wait_on_the_loop_takes_as_long_and_is_seen(
    examine: Examine, way: str
) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get(f"/{way}")
        assert (reply.status, reply.json(), reply.took) == (200, True, 2.0)

    on_the_loop = PRIMITIVES.replace('")\n    def ', '")\n    async def ')
    assert "blocked" in kinds(examine(on_the_loop, body))

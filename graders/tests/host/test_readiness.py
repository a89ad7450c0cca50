"""Waits of which the kernel alone knows take virtual time, in threads and elsewhere."""

from __future__ import annotations

import pytest

from graders.proctor import NONE, Exam
from graders.tests.exams import Examine, kinds, problems

WAITS = """
    import contextlib
    import fcntl
    import os
    import pathlib
    import select
    import selectors
    import signal
    import socket
    import threading
    import time
    from multiprocessing.connection import Pipe

    from fastapi import FastAPI

    app = FastAPI()
    # Threads that are started later inherit it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])

    def later(action, *args):
        def run():
            time.sleep(2)
            action(*args)
        threading.Thread(target=run, daemon=True).start()

    @contextlib.contextmanager
    def pipe():
        reader, writer = os.pipe()
        yield reader, writer
        os.close(reader), os.close(writer)

    @contextlib.contextmanager
    def full_pipe():
        with pipe() as (reader, writer):
            os.set_blocking(writer, False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(writer, bytes(4096))
            os.set_blocking(writer, True)
            yield reader, writer

    def drain(reader, size):
        while size:
            size -= len(os.read(reader, size))

    @app.get("/select-timeout")
    def select_timeout():
        return select.select([], [], [], 2) == ([], [], [])

    @app.get("/select")
    def select_pipe():
        with pipe() as (reader, writer):
            later(os.write, writer, b"x")
            return select.select([reader], [], [], 60)[0] == [reader]

    @app.get("/poll-timeout")
    def poll_timeout():
        return select.poll().poll(2000) == []

    @app.get("/poll")
    def poll_pipe():
        with pipe() as (reader, writer):
            poll = select.poll()
            poll.register(reader)
            later(os.write, writer, b"x")
            return poll.poll() == [(reader, select.POLLIN)]

    @app.get("/epoll")
    def epoll_edge():
        with pipe() as (reader, writer), select.epoll() as epoll:
            epoll.register(reader, select.EPOLLIN | select.EPOLLET)
            later(os.write, writer, b"x")
            return epoll.poll(60) == [(reader, select.EPOLLIN)] and not epoll.closed

    @app.get("/epoll-timeout")
    def epoll_timeout():
        return select.epoll().poll(2) == []

    @app.get("/selector")
    def selector():
        with pipe() as (reader, writer), selectors.DefaultSelector() as selector:
            selector.register(reader, selectors.EVENT_READ, "data")
            later(os.write, writer, b"x")
            ((key, events),) = selector.select()
            return key.data == "data" and events == selectors.EVENT_READ

    @app.get("/selector-timeout")
    def selector_timeout():
        return selectors.PollSelector().select(2) == []

    @app.get("/read")
    def read():
        with pipe() as (reader, writer):
            later(os.write, writer, b"x")
            return os.read(reader, 9) == b"x"

    @app.get("/write")
    def write():
        with full_pipe() as (reader, writer):
            later(drain, reader, 65_536)
            return os.write(writer, bytes(50_000)) == 50_000

    @app.get("/file")
    def file():
        reader, writer = os.pipe()
        later(os.write, writer, b"a line\\n")
        with open(reader) as lines:
            return lines.readline() == "a line\\n"

    @app.get("/receive")
    def receive():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            later(theirs.send, b"x")
            return ours.recv(9) == b"x"

    @app.get("/receive-timeout")
    def receive_timeout():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(2)
            try:
                ours.recv(9)
            except TimeoutError as exc:
                return str(exc) == "timed out"

    @app.get("/send")
    def send():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            def receive_all():
                size = 2_000_000
                while size:
                    size -= len(theirs.recv(size))
            later(receive_all)
            return ours.sendall(bytes(2_000_000)) is None

    @app.get("/connection")
    def connection():
        ours, theirs = Pipe()
        later(theirs.send, [1, 2])
        return ours.recv() == [1, 2]

    @app.get("/connection-timeout")
    def connection_timeout():
        ours, theirs = Pipe()
        return not ours.poll(2)

    @app.get("/signal-timeout")
    def signal_timeout():
        return signal.sigtimedwait([signal.SIGUSR1], 2) is None

    @app.get("/signal")
    def signal_arrives():
        later(os.kill, os.getpid(), signal.SIGUSR1)
        return signal.sigwait([signal.SIGUSR1]) == signal.SIGUSR1

    @app.get("/lock")
    def lock():
        first, second = open("lock", "w"), open("lock", "w")
        fcntl.flock(first, fcntl.LOCK_EX)
        later(fcntl.flock, first, fcntl.LOCK_UN)
        with first, second:
            return fcntl.flock(second, fcntl.LOCK_EX) is None

    @app.get("/fifo-reader")
    def fifo_reader():
        os.mkfifo("reader")
        later(pathlib.Path("reader").write_text, "text")
        with open("reader") as file:
            return file.read() == "text"

    @app.get("/fifo-empty")
    def fifo_empty():
        os.mkfifo("empty")
        later(lambda: open("empty", "w").close())
        return pathlib.Path("empty").read_text() == ""

    @app.get("/fifo-silent")
    def fifo_silent():
        os.mkfifo("silent")
        later(os.open, "silent", os.O_WRONLY)
        descriptor = os.open("silent", os.O_RDONLY)
        return os.get_blocking(descriptor)

    @app.get("/fifo-writer")
    def fifo_writer():
        os.mkfifo("writer")
        later(pathlib.Path("writer").read_text)
        with open("writer", "w") as file:
            return file.write("text") == 4
"""
WAYS = [
    "select-timeout",
    "select",
    "poll-timeout",
    "poll",
    "epoll",
    "epoll-timeout",
    "selector",
    "selector-timeout",
    "read",
    "write",
    "file",
    "receive",
    "receive-timeout",
    "send",
    "connection",
    "connection-timeout",
    "signal-timeout",
    "signal",
    "lock",
    "fifo-reader",
    "fifo-empty",
    "fifo-silent",
    "fifo-writer",
]
# It asks again and again until its time is not only reached but over, and no clock
# stands still for that: here it costs a millisecond at last.
TOOK = {"connection-timeout": 2.001}
ON_THE_LOOP = WAITS.replace('")\n    def ', '")\n    async def ')


def test_waiting_in_a_thread_takes_virtual_time(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        for way in WAYS:
            took = TOOK.get(way, 2.0)
            reply = await exam.get(f"/{way}")
            assert (way, reply.json(), reply.took) == (way, True, took)

    # In the open: behind walls there are no named pipes.
    assert problems(examine(WAITS, body, sandbox=NONE)) == []


@pytest.mark.parametrize("way", WAYS)
def test_the_same_wait_on_the_loop_takes_as_long_and_is_seen(
    examine: Examine, way: str
) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get(f"/{way}")
        assert (reply.status, reply.json(), reply.took) == (
            200,
            True,
            TOOK.get(way, 2.0),
        )

    assert "blocked" in kinds(examine(ON_THE_LOOP, body, sandbox=NONE))


def test_the_shortest_wait_takes_a_nanosecond(examine: Examine) -> None:
    """Who waits for what is left of a timeout must find that it has passed."""

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).json() == 1

    examine(
        """
        import time
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        def endpoint():
            before = time.monotonic_ns()
            time.sleep(1e-12)
            return time.monotonic_ns() - before
        """,
        body,
    )


RELAY = """
    import asyncio
    import os
    import select
    import threading
    import time

    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/relay")
    async def relay():
        pipes = [os.pipe() for _ in range(20)]

        def pass_on(before, after):
            select.select([before[0]], [], [], 60)
            os.write(after[1], os.read(before[0], 1))

        async with asyncio.timeout(1):
            runners = [
                asyncio.to_thread(pass_on, *pair) for pair in zip(pipes, pipes[1:])
            ]
            running = asyncio.gather(*runners)
            await asyncio.sleep(0.5)
            os.write(pipes[0][1], b"x")
            await running
        return os.read(pipes[-1][0], 1) == b"x"

    @app.get("/while-it-works")
    def while_it_works():
        reader, writer = os.pipe()
        passed = []

        def wait():
            select.select([reader], [], [], 60)
            passed.append(True)

        threading.Thread(target=wait).start()
        time.sleep(1)
        os.write(writer, b"x")
        while not passed:
            pass
        return True

    @app.get("/round-and-round")
    async def round_and_round():
        reader, writer = os.pipe()
        waiting = asyncio.create_task(
            asyncio.to_thread(select.select, [reader], [], [], 60)
        )
        await asyncio.sleep(1)
        os.write(writer, b"x")
        while not waiting.done():
            await asyncio.sleep(0)
        return True

    @app.get("/closed")
    def closed():
        reader, writer = os.pipe()
        failed = []

        def wait():
            try:
                select.select([Handle()], [], [])
            except ValueError:
                failed.append(True)

        class Handle:
            descriptor = reader

            def fileno(self):
                return self.descriptor

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(1)
        Handle.descriptor = -1
        waiting.join()
        return bool(failed)
"""


@pytest.mark.parametrize(
    ("way", "took"),
    [
        ("relay", 0.5),
        ("while-it-works", 1.0),
        ("round-and-round", 1.0),
        ("closed", 1.0),
    ],
)
def test_no_time_passes_between_a_thread_that_writes_and_one_that_waits(
    examine: Examine, way: str, took: float
) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get(f"/{way}")
        assert (reply.status, reply.json(), reply.took) == (200, True, took)

    assert problems(examine(RELAY, body)) == []


def test_a_watchdog_that_waits_again_and_again_takes_no_real_time(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).took == 600.0

    evidence = examine(
        """
        import asyncio
        import os
        import select
        import threading

        from fastapi import FastAPI

        app = FastAPI()
        reader, writer = os.pipe()

        def watch():
            while not select.select([reader], [], [], 1)[0]:
                pass

        @app.get("/")
        async def endpoint():
            watchdog = threading.Thread(target=watch)
            watchdog.start()
            await asyncio.sleep(600)
            os.write(writer, b"x")
            await asyncio.to_thread(watchdog.join)
        """,
        body,
    )
    assert kinds(evidence) == []


def test_a_program_that_a_thread_waits_for_gets_the_real_time_that_it_needs(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get("/")
        assert (reply.json(), reply.took) == (["a line\n", 0], 0.0)

    evidence = examine(
        """
        import subprocess
        import sys

        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        def endpoint():
            program = subprocess.Popen(
                [sys.executable, "-c", "print('a line')"],
                stdout=subprocess.PIPE,
                text=True,
            )
            with program:
                line = program.stdout.readline()
                return line, program.wait(timeout=0.5)
        """,
        body,
        sandbox=NONE,
        # However long it takes to start.
        stuck=600,
    )
    assert problems(evidence) == []

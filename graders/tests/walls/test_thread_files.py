"""What the zygote opens for a host: the state of its own threads, and nothing else."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from graders.host.walls.thread_files import Answering, Asking, ends

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="no file says here what threads do"
)


@pytest.fixture
def asking() -> Iterator[Asking]:
    """As a host has it, where this process is the host."""
    control, proctor = socket.socketpair()
    ours, theirs = ends() or pytest.fail("there are none")
    answering = Answering(control)
    answering.add(os.getpid(), ours)
    zygote = threading.Thread(target=answering.wait)
    zygote.start()
    asking = Asking(theirs.detach())
    with control, proctor:
        yield asking
        # However a host behaves, the proctor is heard.
        proctor.send(b"x")
        zygote.join()
    answering.drop(os.getpid())
    assert ours.fileno() == -1
    asking._socket.close()


def test_a_thread_of_its_own_is_opened(asking: Asking) -> None:
    for _ in range(100):
        descriptor = asking.open(threading.get_native_id())
        assert os.pread(descriptor, 256, 0)
        os.close(descriptor)


@pytest.mark.parametrize("number", [1, os.getppid(), 0, -1, 2**31 - 1])
def test_nobody_elses_thread_is_opened(asking: Asking, number: int) -> None:
    with pytest.raises(FileNotFoundError):
        asking.open(number)


def test_who_asks_nonsense_is_not_answered_any_more(asking: Asking) -> None:
    asking._socket.send(b"x")
    assert asking._socket.recv(4) == b""


def test_answers_that_nobody_takes_are_few() -> None:
    control, proctor = socket.socketpair()
    ours, theirs = ends() or pytest.fail("there are none")
    with control, proctor, theirs:
        answering = Answering(control)
        answering.add(os.getpid(), ours)
        number = threading.get_native_id().to_bytes(4, sys.byteorder)
        proctor.send(b"x")
        for _ in range(200):
            theirs.send(number)
            answering.wait()
        answering.drop(os.getpid())
        answers = 0
        while theirs.recv(4):
            answers += 1
        assert 1 <= answers < 20

"""A fresh interpreter that has imported the libraries and forks hosts on request.

Requests come over a socket with the descriptors of the new host: its wire, and what it
shall have as standard input, output and error.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import sysconfig
import warnings
from typing import NoReturn

import msgspec

from graders.host import _clock, _machine, _primitives
from graders.host.walls import Walls, do_not_outlive
from graders.wire import Go, decoder


class Fork(msgspec.Struct, tag=True):
    """Fork a host; four descriptors come along.

    `tests`: it will run a learner's tests, so pytest is imported first, once. `folder`:
    where it works; `walls`: whether it is walled in.
    """

    folder: str
    walls: bool
    tests: bool = False


class Reap(msgspec.Struct, tag=True):
    """Kill what is left of a host's session and say how the host ended."""

    pid: int


class Forked(msgspec.Struct, tag=True):
    pid: int


class Reaped(msgspec.Struct, tag=True):
    """As `os.waitstatus_to_exitcode`: negative for a signal."""

    exit_code: int


DESCRIPTORS = 4
# What submissions and the services of katas import, and what these libraries import
# themselves at their first use. Not all of them need be installed.
_LIBRARIES = (
    "concurrent.futures.thread",
    "http.server",
    "pydantic.dataclasses",
    "anyio._backends._asyncio",
    "anyio.from_thread",
    "anyio._core._fileio",
    "aiosqlite",
    "fastapi",
    "fastapi.responses",
    "httpx",
    "httpcore",
    # httpx's first client imports it, in a handler perhaps, and that import starts a
    # program and waits for it.
    "trio",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
)
_REQUEST: msgspec.msgpack.Decoder[Fork | Reap] = msgspec.msgpack.Decoder(Fork | Reap)


def preload() -> None:
    """Import what submissions use, on the exam's primitives."""
    _primitives.install()
    _clock.install()
    _machine.install()
    # Late, because it imports asyncio, which must find the exam's primitives.
    from graders.host import _sockets, _timers

    _sockets.install()
    _timers.install()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _LIBRARIES:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    import graders.host._database
    import graders.host._main
    from graders.host import _rehearsal, _tls
    from graders.host.instruments.system_calls import Gil

    _ = graders
    decoder(Go)
    _tls.leave_out()
    Gil.learn()
    _rehearsal.rehearse()
    _forget_the_graders()


def preload_for_tests() -> None:
    """Import what a learner's tests are run with; free when it is there already."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from graders.host._tests import PRELOAD

        for name in PRELOAD:
            importlib.import_module(name)


def _forget_the_graders() -> None:
    """From here on nothing of the graders can be imported that is not needed here."""
    # Where they are installed as a package, the libraries stand beside them.
    libraries = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    sys.path[:] = [
        entry
        for entry in sys.path
        if entry in libraries
        or not os.path.exists(os.path.join(entry, "graders", "host"))
    ]
    sys.modules["graders"].__path__ = []


def serve(control: socket.socket) -> None:
    """Fork hosts until the proctor hangs up."""
    preload()
    walls = Walls()
    gc.collect()
    gc.freeze()
    control.sendall(b"R")
    while True:
        try:
            data, descriptors, _, _ = socket.recv_fds(control, 4096, DESCRIPTORS)
        except ConnectionError:
            data = b""
        if not data:
            os._exit(0)
        request = _REQUEST.decode(data)
        if isinstance(request, Fork):
            if request.tests:
                preload_for_tests()
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                control.close()
                do_not_outlive(parent)
                become_host(
                    descriptors, request.folder, walls if request.walls else None
                )
            for descriptor in descriptors:
                os.close(descriptor)
            answer: Forked | Reaped = Forked(pid)
        else:
            answer = Reaped(_reap(request.pid))
        control.sendall(msgspec.msgpack.encode(answer))


def _reap(pid: int) -> int:
    # The session, and the process itself in case it has not made its session yet.
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def become_host(descriptors: list[int], folder: str, walls: Walls | None) -> NoReturn:
    """In the child: take the descriptors, close all others, and run the host.

    Args:
        descriptors: the wire, then standard input, output and error.
        folder: where it works, and the only place where it may write.
        walls: None to stay in the open.
    """
    from graders.host import _main

    try:
        os.setsid()
        wire, *standard = descriptors
        for target, descriptor in enumerate(standard):
            os.dup2(descriptor, target)
        _close_others(keep=wire)
        standing = walls.rise(folder) if walls is not None else []
        _main.serve(socket.socket(fileno=wire), standing)
    finally:
        os._exit(70)


def _close_others(keep: int) -> None:
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))

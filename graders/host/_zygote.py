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
from collections.abc import Iterable
from typing import NoReturn

import msgspec

from graders.host import _absent, _clock, _machine, _primitives
from graders.host.walls import Walls, do_not_outlive
from graders.wire import Go, decoder


class Fork(msgspec.Struct, tag=True):
    """Fork a host; four descriptors come along.

    `folder`: where it works; `walls`: whether it is walled in; `stuck`: as for
    `become_host`.
    """

    folder: str
    walls: bool
    stuck: float | None


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
    "fastapi",
    "fastapi.responses",
    "httpx",
    "httpcore",
)
# What some katas need besides.
NEEDS = {
    "database": (
        "aiosqlite",
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.orm",
        "graders.host._database",
        "graders.host._rehearsal_of_databases",
    ),
    "tests": (
        "pytest",
        "_pytest.helpconfig",
        "_pytest.skipping",
        "_pytest.tracemalloc",
        "_pytest.unittest",
        "_pytest.warnings",
        "pytest_asyncio.plugin",
        "anyio.pytest_plugin",
        "asgi_lifespan",
        "asgi_lifespan._concurrency.asyncio",
        "difflib",
        "fastapi.testclient",
        "pdb",
        "unittest.async_case",
    ),
}
# As many more objects, and garbage is collected. Python's own 700 are there at some
# point of every check: chance would decide what is seen of a task that nobody holds.
_SELDOM = 100_000
_REQUEST: msgspec.msgpack.Decoder[Fork | Reap] = msgspec.msgpack.Decoder(Fork | Reap)


def preload(needs: Iterable[str]) -> None:
    """Import what submissions use, on the exam's primitives.

    Args:
        needs: keys of NEEDS.
    """
    _primitives.install()
    _clock.install()
    _machine.install()
    _absent.leave_out()
    # Late, because it imports asyncio, which must find the exam's primitives.
    from graders.host import _sockets, _timers

    _sockets.install()
    _timers.install()
    _import_what_there_is(_LIBRARIES)
    import graders.host._main
    from graders.host import _rehearsal, _tls
    from graders.host.instruments.system_calls import Gil

    _ = graders
    decoder(Go)
    _tls.leave_out()
    Gil.learn()
    _rehearsal.rehearse()
    _forget_the_graders()
    for need in needs:
        _import_what_there_is(NEEDS[need])


def _import_what_there_is(names: Iterable[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(ModuleNotFoundError):
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


def serve(control: socket.socket, needs: Iterable[str]) -> None:
    """Fork hosts until the proctor hangs up.

    Args:
        needs: what they need besides the usual; keys of NEEDS.
    """
    # Imports leave next to nothing to collect.
    gc.disable()
    preload(needs)
    walls = Walls()
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
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                gc.enable()
                control.close()
                do_not_outlive(parent)
                become_host(
                    descriptors,
                    request.folder,
                    walls if request.walls else None,
                    request.stuck,
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


def become_host(
    descriptors: list[int], folder: str, walls: Walls | None, stuck: float | None = None
) -> NoReturn:
    """In the child: take the descriptors, close all others, and run the host.

    Args:
        descriptors: the wire, then standard input, output and error.
        folder: where it works, and the only place where it may write.
        walls: None to stay in the open.
        stuck: real seconds that a thread may hang in the kernel before it counts as
            asleep; None for the usual.
    """
    from graders.host import _main

    try:
        gc.set_threshold(_SELDOM)
        os.setsid()
        wire, *standard = descriptors
        for target, descriptor in enumerate(standard):
            os.dup2(descriptor, target)
        _close_others(keep=wire)
        standing = walls.rise(folder) if walls is not None else []
        _main.serve(socket.socket(fileno=wire), standing, stuck)
    finally:
        os._exit(70)


def _close_others(keep: int) -> None:
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))

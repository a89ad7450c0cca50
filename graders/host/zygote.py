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

import msgspec

from graders.host import private_parts
from graders.host.child import become_host
from graders.host.clock import primitives, time_module
from graders.host.clock.this_machine import ThisMachine
from graders.host.trial import proofs as proofs_module
from graders.host.walls import Walls, do_not_outlive
from graders.host.walls.thread_files import Answering, ends
from graders.host.world import hidden_modules, machine
from graders.wire import HTTP_MODULES, Go, decoder
from graders.wire.launching import (
    DESCRIPTORS,
    READY,
    UNUSABLE,
    Fork,
    Forked,
    Reap,
    Reaped,
)
from graders.wire.work import Machine

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
    *HTTP_MODULES,
)
# What some katas need besides.
NEEDS = {
    "database": (
        "aiosqlite",
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.orm",
        "graders.host.instruments.sqlalchemy_use",
        "graders.host.serving.warm_up_databases",
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
_REQUEST: msgspec.msgpack.Decoder[Fork | Reap] = msgspec.msgpack.Decoder(Fork | Reap)


def preload(needs: Iterable[str]) -> None:
    """Import what submissions use, on the exam's primitives.

    Args:
        needs: keys of NEEDS.
    """
    private_parts.require(private_parts.BEFORE_ALL)
    primitives.install()
    time_module.install()
    machine.install()
    hidden_modules.leave_out()
    # Late, because it imports asyncio, which must find the exam's primitives.
    from graders.host.clock import timers
    from graders.host.world import sockets

    sockets.install()
    timers.install()
    _import_what_there_is(_LIBRARIES)
    private_parts.require(private_parts.OF_LIBRARIES)
    import graders.host.host
    import graders.host.trial.trial
    from graders.host.instruments.system_calls import Gil
    from graders.host.serving import warm_up
    from graders.host.world import httpx2_alias, tls

    _ = graders
    decoder(Go)
    tls.leave_out()
    httpx2_alias.let_alias()
    ThisMachine.speed = Machine.measured()
    Gil.learn()
    warm_up.rehearse()
    _forget_the_graders()
    for need in needs:
        if need == "database":
            private_parts.require(private_parts.OF_DATABASES)
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


def prepare(control: socket.socket, proofs: str, needs: Iterable[str]) -> Walls:
    """Import everything, try the instruments, and say that hosts can be forked.

    Where they cannot, the other end is told why, and this process ends.

    Args:
        proofs: the folder of proofs that the instruments work, or empty to try them in
            any case; see `trial.proofs`.
        needs: what hosts need besides the usual; keys of NEEDS.

    Returns:
        The walls for these hosts.
    """
    # Imports leave next to nothing to collect.
    gc.disable()
    try:
        preload(needs)
        walls = Walls()
        gc.freeze()
        proof = proofs_module.proof(proofs)
        if not os.path.exists(proof):
            _try_the_instruments(control, needs, walls)
            proofs_module.remember(proof)
    except private_parts.Unusable as exc:
        control.sendall(UNUSABLE + str(exc).encode())
        os._exit(0)
    gc.freeze()
    control.sendall(READY)
    return walls


def _try_the_instruments(
    control: socket.socket, needs: Iterable[str], walls: Walls
) -> None:
    # Imported by now, and late, because it imports what must find these primitives.
    from graders.host.trial import trial

    def fork(wire: socket.socket, folder: str) -> int:
        # What goes wrong there is shown where our own messages are.
        descriptors = [wire.fileno(), nothing, nothing, 2]
        return _fork(control, descriptors, folder, walls)

    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        trial.trial(needs, fork)
    finally:
        os.close(nothing)


def _fork(
    control: socket.socket,
    descriptors: list[int],
    folder: str,
    walls: Walls | None,
    stuck: float | None = None,
    asking: socket.socket | None = None,
) -> int:
    """Fork a host; the number of its process. See `become_host`."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        gc.enable()
        control.close()
        do_not_outlive(parent)
        become_host(descriptors, folder, walls, stuck, asking)
    return pid


def serve(control: socket.socket, proofs: str, needs: Iterable[str]) -> None:
    """Fork hosts until the proctor hangs up.

    Args:
        proofs, needs: as for `prepare`.
    """
    walls = prepare(control, proofs, needs)
    answering = Answering(control)
    while True:
        answering.wait()
        try:
            data, descriptors, _, _ = socket.recv_fds(control, 4096, DESCRIPTORS)
        except ConnectionError:
            data = b""
        if not data:
            os._exit(0)
        request = _REQUEST.decode(data)
        if isinstance(request, Fork):
            chosen = walls if request.walls else None
            # Without walls a host opens by itself what it wants to know of threads.
            pair = ends() if chosen is not None else None
            asking = pair[1] if pair is not None else None
            pid = _fork(
                control, descriptors, request.folder, chosen, request.stuck, asking
            )
            for descriptor in descriptors:
                os.close(descriptor)
            if pair is not None:
                pair[1].close()
                answering.add(pid, pair[0])
            answer: Forked | Reaped = Forked(pid)
        else:
            answer = Reaped(_reap(request.pid))
            answering.drop(request.pid)
        try:
            control.sendall(msgspec.msgpack.encode(answer))
        except ConnectionError:
            # Who has asked has been ended meanwhile.
            os._exit(0)


def _reap(pid: int) -> int:
    # The session, and the process itself in case it has not made its session yet.
    for kill in (os.killpg, os.kill):
        # Of one that has ended and waits to be reaped macOS says EPERM.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)

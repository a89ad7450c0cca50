"""A process that has made a host and loaded what a kata gives, and forks its hosts.

Nothing of a submission ever runs in it. Requests come over a socket with the
descriptors of the new host: its wire, and what it shall have as standard input, output
and error.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
from typing import TYPE_CHECKING, NoReturn

import msgspec

from graders.host.child import become_host, fork
from graders.host.walls import Walls
from graders.host.walls.thread_files import Answering, ends
from graders.wire import Channel, Given
from graders.wire.launching import DESCRIPTORS, READY, Fork, Forked, Reap, Reaped

if TYPE_CHECKING:
    from graders.host.host import Host

_REQUEST: msgspec.msgpack.Decoder[Fork | Reap] = msgspec.msgpack.Decoder(Fork | Reap)


def serve_a_kata(control: socket.socket, walls: Walls) -> NoReturn:
    """Make a host, load what comes first over `control`, and fork until it ends.

    Args:
        walls: rise around each host.
    """
    # Imported by now, and late, because it imports what must find the exam's clock.
    from graders.host.host import Host

    try:
        given = Channel[bytes, list[Given]](control, list[Given]).receive()
        host = Host()
        for one in given or ():
            # What cannot be loaded, each host says by itself.
            with contextlib.suppress(BaseException):
                host.prepare(one)
        gc.freeze()
        control.sendall(READY)
        _Forks(control, walls, host).serve()
    except ConnectionError:
        # Who has asked has been ended meanwhile.
        os._exit(0)


class _Forks:
    """Args:
    control: where the proctor asks.
    walls: rise around each host.
    host: what is forked.
    """

    def __init__(self, control: socket.socket, walls: Walls, host: Host) -> None:
        self._control = control
        self._walls = walls
        self._host = host
        self._answering = Answering(control)

    def serve(self) -> NoReturn:
        while True:
            self._answering.wait()
            data, descriptors, _, _ = socket.recv_fds(self._control, 4096, DESCRIPTORS)
            if not data:
                os._exit(0)
            request = _REQUEST.decode(data)
            answer: Forked | Reaped
            if isinstance(request, Fork):
                answer = Forked(self._fork(request, descriptors))
            else:
                answer = Reaped(_reap(request.pid))
                self._answering.drop(request.pid)
            self._control.sendall(msgspec.msgpack.encode(answer))

    def _fork(self, request: Fork, descriptors: list[int]) -> int:
        walls = self._walls if request.walls else None
        # Without walls a host opens by itself what it wants to know of threads.
        pair = ends() if walls is not None else None
        ours, asking = pair or (None, None)
        pid = fork(self._control)
        if pid == 0:
            become_host(
                descriptors, request.folder, walls, request.stuck, asking, self._host
            )
        for descriptor in descriptors:
            os.close(descriptor)
        if asking is not None:
            asking.close()
        if ours is not None:
            self._answering.add(pid, ours)
        return pid


def _reap(pid: int) -> int:
    # The session, and the process itself in case it has not made its session yet.
    for kill in (os.killpg, os.kill):
        # Of one that has ended and waits to be reaped macOS says EPERM.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)

"""A fresh interpreter that has imported the libraries and tried the instruments.

On request it forks a process for a kata, which forks its hosts: see `kata_zygote`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
from collections.abc import Iterable

from graders.host import private_parts
from graders.host.child import become_host, fork
from graders.host.kata_zygote import serve_a_kata
from graders.host.libraries import preload
from graders.host.trial import proofs as proofs_module
from graders.host.walls import Walls
from graders.wire.launching import READY, UNUSABLE


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

    def fork_host(wire: socket.socket, folder: str) -> int:
        # What goes wrong there is shown where our own messages are.
        descriptors = [wire.fileno(), nothing, nothing, 2]
        pid = fork(control)
        if pid == 0:
            become_host(descriptors, folder, walls)
        return pid

    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        trial.trial(needs, fork_host)
    finally:
        os.close(nothing)


def serve(control: socket.socket, proofs: str, needs: Iterable[str]) -> None:
    """Fork processes for katas until the proctor hangs up.

    Args:
        proofs, needs: as for `prepare`.
    """
    walls = prepare(control, proofs, needs)
    while True:
        try:
            # What it says does not matter: that a socket comes along does.
            _, (descriptor,), _, _ = socket.recv_fds(control, 1, 1)
        except (ConnectionError, ValueError):
            # It has hung up.
            os._exit(0)
        _collect_the_ended()
        if fork(control) == 0:
            serve_a_kata(socket.socket(fileno=descriptor), walls)
        os.close(descriptor)


def _collect_the_ended() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass

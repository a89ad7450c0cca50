"""A process that has just been forked, or started, becomes a host."""

from __future__ import annotations

import gc
import os
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

from graders.host.walls import Walls, do_not_outlive
from graders.host.walls.thread_files import Asking
from graders.wire.words import EXCEPTION_EXIT, Wall

if TYPE_CHECKING:
    from graders.host.host import Host

# As many more objects, and garbage is collected. Python's own 700 are there at some
# point of every check: chance would decide what is seen of a task that nobody holds.
_SELDOM = 100_000
# A proctor has a few dozen.
_MOST_DESCRIPTORS = 2**14


def fork(control: socket.socket) -> int:
    """Fork; the child lets go of `control`, and ends when this process does.

    Returns:
        The number of the child's process; 0 there.
    """
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        do_not_outlive(parent)
    return pid


def become_host(
    descriptors: list[int],
    folder: str,
    walls: Walls | None,
    stuck: float | None = None,
    asking: socket.socket | None = None,
    made: Host | None = None,
) -> NoReturn:
    """In the child: take the descriptors, close all others, and run the host.

    Args:
        descriptors: the wire, then standard input, output and error.
        folder: where it works, and the only place where it may write.
        walls: None to stay in the open.
        stuck: real seconds that a thread may hang in the kernel before it counts as
            asleep; None for the usual.
        asking: leads to who opens what the kernel says of this host's threads; None to
            let the host open it itself.
        made: the host, if it was made before this process was.
    """
    from graders.host.host import Host
    from graders.host.instruments.system_calls import ThreadFile

    try:
        gc.enable()
        gc.set_threshold(_SELDOM)
        os.setsid()
        wire, *standard = descriptors
        for target, descriptor in enumerate(standard):
            os.dup2(descriptor, target)
        kept = [wire]
        if asking is not None:
            kept.append(asking.detach())
            ThreadFile.opens = Asking(kept[-1]).open
        _close_others(kept)
        standing: list[Wall] = []
        if walls is not None:
            standing = walls.rise(folder, threads=asking is None)
        host = made or Host()
        host.run(socket.socket(fileno=wire), standing, stuck)
    finally:
        os._exit(EXCEPTION_EXIT)


def _close_others(kept: list[int]) -> None:
    start = 3
    for descriptor in sorted(kept):
        os.closerange(start, descriptor)
        start = descriptor + 1
    # Linux closes them in one call. Elsewhere it is one by one, and often there is no
    # limit to their number.
    linux = sys.platform == "linux"
    os.closerange(start, os.sysconf("SC_OPEN_MAX") if linux else _MOST_DESCRIPTORS)

"""What workers do in tests; none of it starts a host."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from graders.proctor import Launcher, LauncherFailed, ZygoteGone
from graders.workers import Pool, Tell

FAILURES = {
    "launcher": LauncherFailed("There is no seccomp."),
    "zygote": ZygoteGone(),
    "task": ValueError("a bad task"),
}


def tell_the_process(order: str, hosts: Launcher, tell: Tell[str]) -> str:
    """The order, and the process that has carried it out."""
    return f"{order} {os.getpid()}"


def never_end(order: str, hosts: Launcher, tell: Tell[str]) -> str:
    """Of orders that begin with "endless"."""
    tell(f"{order} begun")
    if order.startswith("endless"):
        threading.Event().wait()
    return tell_the_process(order, hosts, tell)


def end_when_cancelled(order: str, hosts: Launcher, tell: Tell[str]) -> str:
    """Of orders that begin with "endless"."""
    while order.startswith("endless"):
        tell(f"{order} goes on")
    return tell_the_process(order, hosts, tell)


def die(order: Path, hosts: Launcher, tell: Tell[str]) -> str:
    """As often as a file has lines, each time one less."""
    lives = order.read_text().splitlines()
    if lives:
        order.write_text("\n".join(lives[1:]))
        os.kill(os.getpid(), signal.SIGKILL)
    return tell_the_process(order.name, hosts, tell)


def fail(order: str, hosts: Launcher, tell: Tell[str]) -> str:
    raise FAILURES[order]


def two_without_end() -> None:
    """A program with two workers, both of which never end."""
    with Pool(never_end, 2) as pool:
        pool.order("endless 1")
        pool.order("endless 2")
        begun = 0
        while True:
            begun += len(pool.collect())
            if begun == 2:
                print(*pool.pids, file=sys.stderr, flush=True)

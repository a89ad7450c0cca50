"""The processes that import the libraries once and fork hosts, for the proctor."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from threading import Lock

import msgspec

from graders.proctor.hosts.ends import LauncherFailed, ZygoteGone
from graders.wire import Channel, Given, real
from graders.wire.launching import FOR_A_KATA, Fork, Forked, Reap, Reaped

_ANSWER: msgspec.msgpack.Decoder[Forked | Reaped] = msgspec.msgpack.Decoder(
    Forked | Reaped
)
_HOST = Path(__file__).resolve().parents[2] / "host" / "__main__.py"


def environment() -> dict[str, str]:
    """Variables of a host: nothing of ours; a fixed hash seed makes runs the same."""
    names = ("PATH", "LANG", real.SPEED)
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {
        **kept,
        "PYTHONHASHSEED": "0",
        # Each arena of a thread counts as address space, which is limited.
        "MALLOC_ARENA_MAX": "2",
        # What is printed must be there when its host is ended.
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
        # What a submission prints and reads is no matter of this machine's locale.
        "PYTHONUTF8": "1",
    }


def command(kind: str, descriptor: int, *others: str) -> list[str]:
    """What starts a process of the host's; see `graders/host/__main__.py`.

    Args:
        descriptor: a socket that it inherits.
    """
    # -P and -s: neither the working directory nor the user's site is importable.
    return [sys.executable, "-P", "-s", str(_HOST), kind, str(descriptor), *others]


def hear_that_it_is_ready(control: socket.socket) -> None:
    """Wait until libraries are imported and instruments tried.

    Raises:
        LauncherFailed: no submission can be graded with what is installed.
    """
    first = control.recv(1)
    if first == b"U":
        with control.makefile("rb") as rest:
            raise LauncherFailed(rest.read().decode())
    if first != b"R":
        raise LauncherFailed(
            "The process that starts submissions ended while it was importing "
            "FastAPI, httpx and SQLAlchemy; its message stands above."
        )


# What hosts must have imported besides the usual; see `Kata.needs`.
Needs = tuple[str, ...]


class Zygote:
    """One process that has imported the libraries and forks others for katas.

    Args:
        needs: what hosts need besides the usual; see `Needs`.
        proofs: as for `ForkLauncher`.

    Attributes:
        gone: it has ended, and forks no more.
    """

    def __init__(self, needs: Needs, proofs: str) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                command("zygote", theirs.fileno(), proofs, *needs),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment(),
                # Ctrl-C is for the proctor, which ends everything in good order.
                process_group=0,
            )
        self._ready = self.gone = False

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        try:
            hear_that_it_is_ready(self._control)
        except (LauncherFailed, OSError) as exc:
            self.gone = True
            if self._process.wait() < 0:
                raise ZygoteGone from exc
            raise
        self._ready = True

    def of_a_kata(self, given: Given | None) -> KataZygote:
        """Fork the process that forks the hosts of a kata.

        Args:
            given: what all of them have loaded; None for nothing.

        Raises:
            LauncherFailed: no submission can be graded with what is installed.
            ZygoteGone: somebody has ended it.
        """
        self._wait_until_ready()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [FOR_A_KATA], [theirs.fileno()])
            except OSError as exc:
                ours.close()
                self.gone = True
                raise ZygoteGone from exc
        return KataZygote(ours, given)

    def close(self) -> None:
        self._control.close()
        if not self._ready:
            # Still importing: it would only find out that nobody wants it any more.
            self._process.kill()
        self._process.wait()


class KataZygote:
    """The process that forks the hosts of one kata.

    Args:
        control: leads there.
        given: what its hosts have loaded; None for nothing.

    Attributes:
        gone: it has ended, and forks no more.
        hosts: the numbers of the processes that it has forked and not reaped.
    """

    def __init__(self, control: socket.socket, given: Given | None) -> None:
        self._control = control
        self._given = given
        self._ready = self.gone = False
        # An answer belongs to the question before it.
        self._turn = Lock()
        self.hosts: set[int] = set()

    def _wait_until_ready(self) -> None:
        if not self._ready:
            given = [] if self._given is None else [self._given]
            Channel[list[Given], bytes](self._control, bytes).send(given)
            hear_that_it_is_ready(self._control)
            self._ready = True

    def _ask(self, request: Fork | Reap, descriptors: list[int]) -> Forked | Reaped:
        with self._turn:
            return self._ask_alone(request, descriptors)

    def _ask_alone(
        self, request: Fork | Reap, descriptors: list[int]
    ) -> Forked | Reaped:
        payload = msgspec.msgpack.encode(request)
        try:
            self._wait_until_ready()
            if descriptors:
                socket.send_fds(self._control, [payload], descriptors)
            else:
                self._control.sendall(payload)
            data = self._control.recv(4096)
        except (LauncherFailed, OSError) as exc:
            self.gone = True
            raise ZygoteGone from exc
        if not data:
            self.gone = True
            raise ZygoteGone
        return _ANSWER.decode(data)

    def fork(
        self, request: Fork, wire: socket.socket, standard: tuple[int, int, int]
    ) -> int:
        """Fork a host; the number of its process.

        Args:
            request: what host.
            wire: its end of the wire.
            standard: its standard input, output and error.

        Raises:
            ZygoteGone: somebody has ended it.
        """
        forked = self._ask(request, [wire.fileno(), *standard])
        assert isinstance(forked, Forked)
        self.hosts.add(forked.pid)
        return forked.pid

    def reap(self, pid: int) -> int:
        """Kill what is left of a host, and say how it ended.

        Raises:
            ZygoteGone: somebody has ended this process, and all its hosts with it.
        """
        self.hosts.discard(pid)
        reaped = self._ask(Reap(pid), [])
        assert isinstance(reaped, Reaped)
        return reaped.exit_code

    def close(self) -> None:
        # Not while somebody waits for an answer.
        with self._turn:
            self._control.close()

"""Starts hosts: forked from a zygote, or (where there is no fork) each on its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from graders.proctor._link import LauncherFailed, Link
from graders.proctor._walls import AUTO, NONE
from graders.proctor._watch import CPU, Watch
from graders.wire import Channel, Rest

_HOST = Path(__file__).resolve().parents[1] / "host" / "__main__.py"


class _Fork(msgspec.Struct, tag="Fork"):
    folder: str
    walls: bool
    needs: tuple[str, ...] = ()


class _Reap(msgspec.Struct, tag="Reap"):
    pid: int


class _Forked(msgspec.Struct, tag="Forked"):
    pid: int


class _Reaped(msgspec.Struct, tag="Reaped"):
    exit_code: int


@dataclass(frozen=True)
class HostPlan:
    """What a host is to be.

    Attributes:
        standard: descriptors for its standard input, output and error.
        folder: where it works, and the only place where it may write.
        patient: never stop it for being silent (a debugger may be in use).
        sandbox: which walls there must be around it; see `graders.proctor._walls`.
        needs: what it must have imported besides the usual; see `Kata.needs`.
        cpu: seconds of computing that one turn may take.
    """

    standard: tuple[int, int, int]
    folder: Path
    patient: bool = False
    sandbox: str = AUTO
    needs: tuple[str, ...] = ()
    cpu: float = CPU


class Launcher(Protocol):
    """Makes one fresh host after another."""

    def start(self, plan: HostPlan) -> Link:
        """Start a host.

        Raises:
            LauncherFailed: with a sentence on what is missing.
        """

    def close(self) -> None: ...


def _environment() -> dict[str, str]:
    """Nothing of ours reaches a host; a fixed hash seed makes runs the same."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONHASHSEED": "0",
        # Each arena of a thread counts as address space, which is limited.
        "MALLOC_ARENA_MAX": "2",
        # What is printed must be there when its host is ended.
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
    }


def _command(kind: str, descriptor: int, *others: str) -> list[str]:
    # -P and -s: neither the working directory nor the user's site is importable.
    return [sys.executable, "-P", "-s", str(_HOST), kind, str(descriptor), *others]


class ForkLauncher:
    """Forks every host from one zygote, which has imported the libraries once.

    Args:
        needs: what the hosts will need, as far as it is known; see `HostPlan`.
    """

    def __init__(self, needs: Iterable[str] = ()) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                _command("zygote", theirs.fileno(), *needs),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
                # Ctrl-C is for the proctor, which ends everything in good order.
                process_group=0,
            )
        self._ready = False
        self._answers: msgspec.msgpack.Decoder[_Forked | _Reaped] = (
            msgspec.msgpack.Decoder(_Forked | _Reaped)
        )

    def _wait_until_ready(self) -> None:
        if not self._ready:
            if self._control.recv(1) != b"R":
                raise LauncherFailed(
                    "The process that starts submissions ended while it was importing "
                    "FastAPI, httpx and SQLAlchemy; its message stands above."
                )
            self._ready = True

    def _ask(self, request: _Fork | _Reap, descriptors: list[int]) -> _Forked | _Reaped:
        self._wait_until_ready()
        payload = msgspec.msgpack.encode(request)
        try:
            if descriptors:
                socket.send_fds(self._control, [payload], descriptors)
            else:
                self._control.sendall(payload)
            data = self._control.recv(4096)
        except OSError as exc:
            raise LauncherFailed(f"The zygote is gone: {exc}.") from exc
        if not data:
            raise LauncherFailed("The zygote is gone.")
        return self._answers.decode(data)

    def start(self, plan: HostPlan) -> Link:
        ours, theirs = socket.socketpair()
        request = _Fork(str(plan.folder), plan.sandbox != NONE, plan.needs)
        with theirs:
            forked = self._ask(request, [theirs.fileno(), *plan.standard])
        assert isinstance(forked, _Forked)
        pid = forked.pid

        def reap() -> int:
            reaped = self._ask(_Reap(pid), [])
            assert isinstance(reaped, _Reaped)
            return reaped.exit_code

        watch = Watch(pid, plan.folder, cpu=plan.cpu, patient=plan.patient)
        return Link(Channel(ours, Rest), watch, reap, plan.sandbox)

    def close(self) -> None:
        self._control.close()
        if not self._ready:
            # Still importing: it would only find out that nobody wants it any more.
            self._process.kill()
        self._process.wait()


class SpawnLauncher:
    """Starts a new interpreter for every host: slower, and needs no fork."""

    def start(self, plan: HostPlan) -> Link:
        ours, theirs = socket.socketpair()
        walls = "none" if plan.sandbox == NONE else "walls"
        stdin, stdout, stderr = plan.standard
        with theirs:
            process = subprocess.Popen(
                _command("host", theirs.fileno(), str(plan.folder), walls, *plan.needs),
                pass_fds=[theirs.fileno()],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=_environment(),
            )

        def reap() -> int:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=1)
            process.kill()
            return process.wait()

        watch = Watch(
            process.pid, plan.folder, cpu=plan.cpu, wall=60.0, patient=plan.patient
        )
        return Link(Channel(ours, Rest), watch, reap, plan.sandbox)

    def close(self) -> None: ...


@contextlib.contextmanager
def launcher(kind: str = "fork", needs: Iterable[str] = ()) -> Iterator[Launcher]:
    """A launcher for the length of a `with` block.

    Args:
        kind: "fork" or "spawn".
        needs: what the hosts will need, as far as it is known; see `HostPlan`.
    """
    made: Launcher = ForkLauncher(needs) if kind == "fork" else SpawnLauncher()
    try:
        yield made
    finally:
        made.close()

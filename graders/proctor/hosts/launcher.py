"""Starts hosts: forked from a zygote, or (where there is no fork) each on its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
import platformdirs

from graders.proctor.hosts.budget import Budget
from graders.proctor.hosts.ends import LauncherFailed, ZygoteGone
from graders.proctor.hosts.link import Link
from graders.proctor.hosts.sandbox import AUTO, NONE
from graders.proctor.hosts.watchdog import Watch
from graders.wire import Channel, Go, Rest, limits, real
from graders.wire.launching import Fork, Forked, Reap, Reaped

_CACHE = platformdirs.user_cache_path("async-katas", appauthor=False)
_HOST = Path(__file__).resolve().parents[2] / "host" / "__main__.py"


# What hosts must have imported besides the usual; see `Kata.needs`.
Needs = tuple[str, ...]


@dataclass(frozen=True)
class HostPlan:
    """What a host is to be.

    Attributes:
        standard: descriptors for its standard input, output and error.
        folder: where it works, and the only place where it may write.
        patient: never stop it for being silent (a debugger may be in use).
        sandbox: which walls there must be around it; see `sandbox`.
        needs: what it must have imported besides the usual.
        cpu: computing that one turn may take; see `Watch`.
        stuck: real seconds that a thread of it may hang in the kernel before it counts
            as asleep; None for the usual.
        budget: what all hosts of the submission may take; None for one of its own.
    """

    standard: tuple[int, int, int]
    folder: Path
    patient: bool = False
    sandbox: str = AUTO
    needs: Needs = ()
    cpu: float = limits.ONE_TURN
    stuck: float | None = None
    budget: Budget | None = None


class Launcher(Protocol):
    """Makes one fresh host after another."""

    def start(self, plan: HostPlan) -> Link:
        """Start a host.

        Raises:
            LauncherFailed: with a sentence on what is missing.
            ZygoteGone: somebody has ended the process that starts them.
        """

    def close(self) -> None: ...


def _environment() -> dict[str, str]:
    """Nothing of ours reaches a host; a fixed hash seed makes runs the same."""
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


def _command(kind: str, descriptor: int, *others: str) -> list[str]:
    # -P and -s: neither the working directory nor the user's site is importable.
    return [sys.executable, "-P", "-s", str(_HOST), kind, str(descriptor), *others]


def _channel(ours: socket.socket) -> Channel[Go, Rest]:
    return Channel(ours, Rest, takes=limits.TURN_BYTES)


def _hear_that_it_is_ready(control: socket.socket) -> None:
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


class _Zygote:
    """One process that has imported the libraries and forks hosts.

    Args:
        needs: what its hosts need besides the usual; see `HostPlan`.
        proofs: as for `ForkLauncher`.

    Attributes:
        gone: it has ended, and forks no more.
    """

    def __init__(self, needs: Needs, proofs: str) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                _command("zygote", theirs.fileno(), proofs, *needs),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
                # Ctrl-C is for the proctor, which ends everything in good order.
                process_group=0,
            )
        self._ready = self.gone = False
        self._answers: msgspec.msgpack.Decoder[Forked | Reaped] = (
            msgspec.msgpack.Decoder(Forked | Reaped)
        )

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        try:
            _hear_that_it_is_ready(self._control)
        except (LauncherFailed, OSError) as exc:
            self.gone = True
            if self._process.wait() < 0:
                raise ZygoteGone from exc
            raise
        self._ready = True

    def _ask(self, request: Fork | Reap, descriptors: list[int]) -> Forked | Reaped:
        self._wait_until_ready()
        payload = msgspec.msgpack.encode(request)
        try:
            if descriptors:
                socket.send_fds(self._control, [payload], descriptors)
            else:
                self._control.sendall(payload)
            data = self._control.recv(4096)
        except OSError:
            data = b""
        if not data:
            self.gone = True
            raise ZygoteGone
        return self._answers.decode(data)

    def fork(self, plan: HostPlan, wire: socket.socket) -> int:
        """Fork a host; the number of its process."""
        request = Fork(str(plan.folder), plan.sandbox != NONE, plan.stuck)
        forked = self._ask(request, [wire.fileno(), *plan.standard])
        assert isinstance(forked, Forked)
        return forked.pid

    def reap(self, pid: int) -> int:
        """Kill what is left of a host, and say how it ended."""
        reaped = self._ask(Reap(pid), [])
        assert isinstance(reaped, Reaped)
        return reaped.exit_code

    def close(self) -> None:
        self._control.close()
        if not self._ready:
            # Still importing: it would only find out that nobody wants it any more.
            self._process.kill()
        self._process.wait()


class ForkLauncher:
    """Forks hosts from zygotes, each of which has imported its libraries once.

    There is one zygote for each set of needs: what a host has imported does not depend
    on those before it, and no host pays for libraries of other katas.

    Args:
        expected: needs of hosts to come; their zygotes start at once, others when the
            first host asks for them.
        proofs: the folder that remembers with what the instruments have proven
            themselves; empty to try them anew.
    """

    def __init__(self, expected: Iterable[Needs] = (), proofs: str = "") -> None:
        self._proofs = proofs
        self._zygotes = {needs: _Zygote(needs, proofs) for needs in set(expected)}

    def start(self, plan: HostPlan) -> Link:
        zygote = self._zygote(plan.needs)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = zygote.fork(plan, theirs)
            except LauncherFailed:
                ours.close()
                raise
        watch = Watch(
            pid,
            plan.folder,
            cpu=plan.cpu,
            patient=plan.patient,
            budget=plan.budget,
        )
        return Link(_channel(ours), watch, partial(zygote.reap, pid), plan.sandbox)

    def _zygote(self, needs: Needs) -> _Zygote:
        """The zygote for these needs: a new one where there is none any more."""
        zygote = self._zygotes.get(needs)
        if zygote is None or zygote.gone:
            if zygote is not None:
                zygote.close()
            zygote = self._zygotes[needs] = _Zygote(needs, self._proofs)
        return zygote

    def close(self) -> None:
        for zygote in self._zygotes.values():
            zygote.close()


class SpawnLauncher:
    """Starts a new interpreter for every host: slower, and no host is forked.

    Args:
        proofs: as for `ForkLauncher`.
    """

    def __init__(self, proofs: str = "") -> None:
        self._proofs = proofs
        self._tried: set[Needs] = set()

    def _try_the_instruments(self, needs: Needs) -> None:
        if needs in self._tried:
            return
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = subprocess.Popen(
                    _command("trial", theirs.fileno(), self._proofs, *needs),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    env=_environment(),
                )
            try:
                _hear_that_it_is_ready(ours)
            finally:
                process.wait()
        self._tried.add(needs)

    def start(self, plan: HostPlan) -> Link:
        self._try_the_instruments(plan.needs)
        ours, theirs = socket.socketpair()
        walls = "none" if plan.sandbox == NONE else "walls"
        stuck = "" if plan.stuck is None else str(plan.stuck)
        options = str(plan.folder), walls, stuck, *plan.needs
        stdin, stdout, stderr = plan.standard
        with theirs:
            process = subprocess.Popen(
                _command("host", theirs.fileno(), *options),
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
            process.pid,
            plan.folder,
            cpu=plan.cpu,
            wall=limits.SILENT_WITH_IMPORTS,
            patient=plan.patient,
            budget=plan.budget,
        )
        return Link(_channel(ours), watch, reap, plan.sandbox)

    def close(self) -> None: ...


@contextlib.contextmanager
def launcher(
    kind: str = "fork", expected: Iterable[Needs] = (), *, try_anew: bool = False
) -> Iterator[Launcher]:
    """A launcher for the length of a `with` block.

    Args:
        kind: "fork" or "spawn".
        expected: what hosts to come will need, as far as it is known: it is prepared
            at once, without waiting until it is ready.
        try_anew: whether the instruments must prove themselves even if they have done
            so with the very same libraries.
    """
    proofs = "" if try_anew else str(_CACHE / "proven")
    made: Launcher = (
        ForkLauncher(expected, proofs) if kind == "fork" else SpawnLauncher(proofs)
    )
    try:
        yield made
    finally:
        made.close()

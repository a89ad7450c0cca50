"""Starts hosts: forked from a zygote, or (where there is no fork) each on its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec
import platformdirs

from graders.proctor.hosts.budget import Budget
from graders.proctor.hosts.ends import LauncherFailed, ZygoteGone
from graders.proctor.hosts.link import Link
from graders.proctor.hosts.sandbox import AUTO, NONE
from graders.proctor.hosts.scratch import scratch_folder
from graders.proctor.hosts.watchdog import Watch
from graders.proctor.hosts.zygote import (
    KataZygote,
    Needs,
    Zygote,
    command,
    environment,
    hear_that_it_is_ready,
)
from graders.wire import Channel, Given, Go, Rest, limits
from graders.wire.launching import Fork

# Processes that wait for hosts of other katas than the present one.
_MOST_OTHERS = 3

_CACHE = platformdirs.user_cache_path("async-katas", appauthor=False)


@dataclass(frozen=True)
class HostPlan:
    """What a host is to be.

    Attributes:
        standard: descriptors for its standard input, output and error.
        folder: where it works, and the only place where it may write.
        patient: never stop it for being silent (a debugger may be in use).
        sandbox: which walls there must be around it; see `sandbox`.
        needs: what it must have imported besides the usual.
        given: what all hosts of its kata have loaded; None where each loads its own.
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
    given: Given | None = None
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


def _channel(ours: socket.socket) -> Channel[Go, Rest]:
    return Channel(ours, Rest, takes=limits.TURN_BYTES)


class ForkLauncher:
    """Forks hosts from processes that have loaded once what is alike in all of them.

    There is one zygote for each set of needs: what a host has imported does not depend
    on those before it, and no host pays for libraries of other katas. It forks one for
    each kata, which forks the hosts.

    Args:
        expected: needs of hosts to come; their zygotes start at once, others when the
            first host asks for them.
        proofs: the folder that remembers with what the instruments have proven
            themselves; empty to try them anew.
    """

    def __init__(self, expected: Iterable[Needs] = (), proofs: str = "") -> None:
        self._proofs = proofs
        self._zygotes = {needs: Zygote(needs, proofs) for needs in set(expected)}
        # The last that was asked is the last.
        self._of_katas: dict[tuple[Needs, bytes], KataZygote] = {}
        # Several threads may start hosts.
        self._turn = Lock()
        self._closed = False

    def start(self, plan: HostPlan) -> Link:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                request = Fork(str(plan.folder), plan.sandbox != NONE, plan.stuck)
                with self._turn:
                    if self._closed:
                        raise LauncherFailed("The grading has been ended.")
                    zygote = self._of_kata(plan.needs, plan.given)
                    pid = zygote.fork(request, theirs, plan.standard)
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

    def _of_kata(self, needs: Needs, given: Given | None) -> KataZygote:
        key = needs, msgspec.msgpack.encode(given)
        found = self._of_katas.pop(key, None)
        if found is None or found.gone:
            if found is not None:
                found.close()
            try:
                found = self._zygote(needs).of_a_kata(given)
            except ZygoteGone:
                found = self._zygote(needs).of_a_kata(given)
        self._let_go_of_the_idle()
        self._of_katas[key] = found
        return found

    def _let_go_of_the_idle(self) -> None:
        spare = len(self._of_katas) - _MOST_OTHERS
        idle = [key for key, one in self._of_katas.items() if not one.hosts]
        for key in idle[: max(0, spare)]:
            self._of_katas.pop(key).close()

    def _zygote(self, needs: Needs) -> Zygote:
        """The zygote for these needs: a new one where there is none any more."""
        zygote = self._zygotes.get(needs)
        if zygote is None or zygote.gone:
            if zygote is not None:
                zygote.close()
            zygote = self._zygotes[needs] = Zygote(needs, self._proofs)
        return zygote

    def close(self) -> None:
        with self._turn:
            self._closed = True
        for of_kata in self._of_katas.values():
            of_kata.close()
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
                    command("trial", theirs.fileno(), self._proofs, *needs),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    env=environment(),
                )
            try:
                hear_that_it_is_ready(ours)
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
                command("host", theirs.fileno(), *options),
                pass_fds=[theirs.fileno()],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=environment(),
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


def walls_of_a_host(
    hosts: Launcher, needs: Needs = (), sandbox: str = AUTO
) -> list[str]:
    """Start a host for nobody, and end it once it is ready.

    Args:
        needs, sandbox: as for `HostPlan`.

    Returns:
        The walls that stood around it.

    Raises:
        LauncherFailed: it does not start, or not behind these walls.
    """
    with (
        scratch_folder() as folder,
        Path(os.devnull).open("r+b", buffering=0) as nothing,
    ):
        standard = (nothing.fileno(),) * 3
        link = hosts.start(HostPlan(standard, folder, sandbox=sandbox, needs=needs))
        try:
            link.take_turn(0)
        finally:
            link.close()
    return link.walls


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

"""Looks at a silent host from outside, through /proc where there is one."""

from __future__ import annotations

import os
from pathlib import Path

from graders.proctor.hosts.budget import Account, Budget, run_delay
from graders.proctor.hosts.usage import Usage
from graders.wire import limits, real
from graders.wire.work import Machine

_TICK = os.sysconf("SC_CLK_TCK")
_MB = 2**20
# Bytes; who has written so much since the last look is looked at.
_MUCH = 4 * _MB
# Of what the kernel says of a process, counted from its state.
_NUMBER_OF_THREADS = 17


class Watch:
    """Decides when a silent host has had its time.

    Args:
        pid: the host's process.
        folder: the scratch folder, which must not be filled.
        cpu: computing that one turn may take: thousands of units, which are seconds on
            the machine that the limits were chosen on.
        wall: real seconds that one turn may take when it computes nothing, or when the
            platform does not say what it computes; a host under heavy load gets as long
            as it needs to use its `cpu`.
        disk: bytes that all files together may have.
        files: how many files there may be.
        threads: how many threads there may be at once: a kata may well start sixty, and
            the libraries have pools.
        patient: never give up (a debugger is in use).
        turn: real seconds of its own that one turn may take, whatever it does.
        budget: what all hosts of the submission may take.

    Attributes:
        machine: what a unit takes here, once the host has said so.
    """

    def __init__(
        self,
        pid: int,
        folder: Path,
        *,
        cpu: float = limits.ONE_TURN,
        wall: float = limits.SILENT,
        disk: int = 64 * _MB,
        files: int = 10_000,
        threads: int = 256,
        patient: bool = False,
        turn: float = limits.TURN,
        budget: Budget | None = None,
    ) -> None:
        self._pid = pid
        self._usage = Usage(pid, folder, disk=disk, files=files, threads=threads)
        self._account = Account(budget or Budget(), pid)
        self._turn = turn
        self._stat = Path(f"/proc/{pid}/stat")
        self._cpu = cpu
        self._wall = wall
        self._patient = patient
        self.machine = Machine()
        self._began = 0.0
        self._used = 0.0
        self._delayed = 0.0
        self._next_look = 0.0
        self._is_on = False
        # Real seconds, and bytes written, of turns after which nobody has looked.
        self._unseen = self._unmapped = 0.0
        self._written = 0

    def admit(self, machine: Machine) -> None:
        """The host is ready, and works for its submission from now on."""
        self.machine = machine
        self._account.open()

    def begin(self) -> None:
        """A turn begins."""
        self._began = real.monotonic()
        self._next_look = self._began + limits.LOOK
        self._used = self._delayed = -1.0
        self._is_on = True

    def end(self) -> None:
        """The turn is over, if one was under way."""
        if self._is_on:
            self._is_on = False
            self._account.add(real.monotonic() - self._began)

    def close(self) -> None:
        """The host is about to be ended; its process is still there."""
        self.end()
        self._account.close()
        self._usage.close()

    def until_look(self) -> float:
        """Real seconds until the next look is due, whatever the host says meanwhile."""
        return max(0.0, self._next_look - real.monotonic())

    def overdrawn(self, *, running: bool = False) -> str | None:
        """A sentence when the submission has used up all its real time, else None.

        Args:
            running: whether a turn is under way.
        """
        if self._patient:
            return None
        passed = real.monotonic() - self._began if running else 0.0
        if self._account.is_overdrawn(self.machine, passed):
            return self._account.budget.text()
        return None

    def look(self) -> str | None:
        """None while the host may go on; else a sentence on why it may not."""
        self._next_look = real.monotonic() + limits.LOOK
        if self._delayed < 0:
            self._delayed = run_delay(self._pid)
        if self._patient:
            return None
        if self._state() == "T":
            return "Your program stopped itself by a signal (SIGSTOP)."
        used = self._cpu_seconds()
        passed = real.monotonic() - self._began
        if used is None:
            # In the same measure as elsewhere, where less or more is asked for.
            limit = self._wall * self._cpu / limits.ONE_TURN
            if passed < limit:
                return None
            return (
                f"Your program did not come to rest within {limit:g} s of real time "
                "and was stopped."
            )
        if self._used < 0:
            self._used = used
        if self.machine.is_beyond(used - self._used, self._cpu * 1000):
            return (
                f"Your program computed for {self._cpu:g} s without an end and was "
                "stopped."
            )
        if passed >= self._wall and used - self._used < passed * limits.IDLE:
            return (
                f"Your program did nothing for {self._wall:g} s of real time, blocked "
                "outside Python's view, and was stopped."
            )
        return None

    def overlong(self) -> str | None:
        """A sentence when this turn has taken more than any may, else None.

        Asked after a look.
        """
        limit = self.machine.patience(self._turn)
        passed = real.monotonic() - self._began
        if self._patient or passed < limit:
            return None
        if passed - max(0.0, run_delay(self._pid) - self._delayed) < limit:
            return None
        return (
            f"Your program took more than {self._turn:g} s of real time without coming "
            "to rest and was stopped."
        )

    def turned(self) -> str | None:
        """A turn is over: as `excess`, where enough has been done for it to be so.

        Turns add up, or what is written in many short ones would never be seen.
        """
        passed = real.monotonic() - self._began
        self._unseen += passed
        self._unmapped += passed
        much = self._usage.written() - self._written > _MUCH
        if much or self._unmapped > limits.LOOK:
            return self.excess()
        if self._unseen <= limits.LONG_TURN:
            return None
        self._unseen = 0.0
        return self._usage.excess(self._threads(), mapped=False)

    def excess(self) -> str | None:
        """A sentence when the submission has taken more than it may, else None."""
        self._unseen = self._unmapped = 0.0
        self._written = self._usage.written()
        return self._usage.excess(self._threads())

    def _cpu_seconds(self) -> float | None:
        """What the process has computed; None where only real time can be known."""
        fields = self._fields()
        if not fields:
            return None
        return real.seeming((int(fields[11]) + int(fields[12])) / _TICK)

    def _state(self) -> str:
        """One letter: R runs, S sleeps, T was stopped; nothing where no one knows."""
        return "".join(self._fields()[:1])

    def _threads(self) -> int:
        """How many there are; 0 where no one knows."""
        fields = self._fields()
        return int(fields[_NUMBER_OF_THREADS]) if fields else 0

    def _fields(self) -> list[str]:
        """What the kernel says of the process, from its state on."""
        try:
            return self._stat.read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            return []

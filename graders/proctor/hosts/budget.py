"""What one submission may take: real seconds, and how much it may say.

Every limit is told to the learner, with what to do. Real time is a submission's own: in
which its host computes or sleeps and does not wait for a processor, and in which the
proctor computes for it. So other programs on the same machine use nothing up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from graders.wire import MAX_FRAME, Call, Rest, Send, limits, real
from graders.wire.work import Machine

ADVICE_ON_TIME = (
    "Delays of the exam take no real time: look for a wait that `await asyncio.sleep` "
    "does not make, or for a loop without an end."
)
ADVICE_ON_WORDS = "Look for a loop without an end, or for much more data than is asked."
_AT_ONCE = "Your program {} more than {} MB at once and was stopped."
SAID_TOO_MUCH = _AT_ONCE.format("sent", limits.TURN_BYTES >> 20)
ASKED_TOO_MUCH = _AT_ONCE.format("asked for", MAX_FRAME >> 20)


@dataclass
class Budget:
    """Real seconds for one submission, over all its hosts.

    Attributes:
        seconds: what there is on a machine of the usual speed.
        spent: by hosts that have ended.
    """

    seconds: float = limits.SUBMISSION
    spent: float = 0.0
    _turn: Lock = field(default_factory=Lock)

    def spend(self, seconds: float) -> None:
        """A host has taken so much; several may end at once."""
        with self._turn:
            self.spent += seconds

    def text(self) -> str:
        """The sentence for who has used it up."""
        return (
            f"Your program took more than {self.seconds:g} s of real time for all its "
            "checks together and was stopped."
        )


@dataclass
class Words:
    """How much a host may say in its life, which is one check.

    Attributes:
        messages: how many.
        values: numbers, texts, lists and so on in the plain data that they carry; in
            memory an empty list takes many times its bytes on the wire.
        size: bytes.
    """

    messages: int = limits.MESSAGES
    values: int = limits.VALUES
    size: int = limits.BYTES
    _messages: int = 0
    _values: int = 0

    def count(self, rest: Rest, size: int) -> str | None:
        """A sentence when it has said too much by now, else None.

        Args:
            rest: what it says.
            size: bytes of all that it has said.
        """
        # One that ends no turn is a message itself.
        self._messages += len(rest.messages) + rest.live
        for message in rest.messages:
            if isinstance(message, Call):
                self._values += _values(message.arguments)
            elif isinstance(message, Send):
                self._values += _values(message.event)
        if self._messages > self.messages:
            much = f"made more than {self.messages:,} calls and other steps"
        elif self._values > self.values:
            much = f"handed over more than {self.values:,} values"
        elif size > self.size:
            much = f"sent more than {self.size / 2**20:g} MB"
        else:
            return None
        return f"Your program {much} in one check and was stopped."


def _values(data: Any) -> int:
    """How many values there are in plain data, at any depth."""
    count, rest = 0, [data]
    while rest:
        value = rest.pop()
        count += 1
        if isinstance(value, dict):
            rest += value.values()
        elif isinstance(value, list):
            rest += value
    return count


@dataclass
class Account:
    """What one host takes of the budget.

    Args:
        budget: of its submission.
        host: the number of its process.
    """

    budget: Budget
    host: int
    _turns: float = 0.0
    _delayed: float = 0.0
    _ours: float = field(default_factory=real.thread_time)
    _open: bool = False

    def open(self) -> None:
        """From now on it counts: there is a submission."""
        self._turns, self._delayed = 0.0, run_delay(self.host)
        self._ours, self._open = real.thread_time(), True

    def add(self, seconds: float) -> None:
        """A turn has lasted so long."""
        self._turns += seconds

    def is_overdrawn(self, machine: Machine, running: float = 0.0) -> bool:
        """Whether the budget is used up.

        Args:
            running: real seconds of the turn that is not over yet.
        """
        left = machine.patience(self.budget.seconds) - self.budget.spent
        # Asked after every turn; the kernel is asked only where that may matter.
        if not self._open or self._gross() + running < left:
            return False
        return self._own(running) >= left

    def close(self) -> None:
        """Put it on the submission's bill, as long as the process can be asked."""
        if self._open:
            self.budget.spend(self._own(0.0))
            self._open = False

    def _gross(self) -> float:
        return self._turns + real.thread_time() - self._ours

    def _own(self, running: float) -> float:
        # It waits for a processor only while it has the turn.
        delayed = max(0.0, run_delay(self.host) - self._delayed)
        return self._gross() + running - min(delayed, self._turns + running)


def run_delay(host: int) -> float:
    """Real seconds that a host's event loop has waited for a processor.

    Nothing where the platform does not say it.
    """
    try:
        fields = Path(f"/proc/{host}/schedstat").read_text().split()
        return real.seeming(int(fields[1]) / 1e9)
    except (OSError, IndexError, ValueError):
        return 0.0

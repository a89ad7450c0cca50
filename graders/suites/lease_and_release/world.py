"""The fake world: a room with three printers, and who has leased which."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from graders.proctor import CallRecord, Exam, Exchange, Raises, Reply

PATIENCE = 2.0
# Longer than any patience that a submission may have.
ENDLESS = 60.0

NAMES = ("Agnes", "Bruno", "Clara", "Dietmar", "Edda", "Falk", "Greta", "Hanno")
TEXTS = (
    "Fragile",
    "This side up",
    "Keep dry",
    "Heavy",
    "Do not bend",
    " jam ",
    "Ä" * 300,
)
BUGS = (
    "RuntimeError",
    "NotImplementedError",
    "ValueError",
    "KeyError",
    "IndexError",
    "ZeroDivisionError",
    "AssertionError",
    "EOFError",
    "OSError",
    "ConnectionResetError",
    "BrokenPipeError",
    "PermissionError",
)
# Those that come before the release.
STEPS = ("acquire", "warm_up", "print_label")
# Of the event loop, until what was cancelled has ended. A release in a task of its own
# begins a round or two after the line that asks for it.
_ROUNDS = 5


class PrintRoom:
    """The world: three printers, and who has leased which.

    Attributes:
        granted: the numbers of all leases, in order.
        out: those that are not given back.
        in_use: what still used a printer as its release began, with its lease.
    """

    def __init__(self, exam: Exam, *, first: int | None = None) -> None:
        """Args:
        first: the number of the first lease, if it matters.
        """
        draw = exam.random
        self._exam = exam
        self._first = first
        self._names = draw.sample(NAMES, 3)
        self._numbers = count(draw.randrange(1_000, 9_000))
        self._day = draw.randrange(16**6)
        self._opened = len(exam.calls.records)
        self.granted: list[int] = []
        self.out: list[int] = []
        self.in_use: list[tuple[int, CallRecord]] = []
        exam.services.acquire.answers(self.lease)
        exam.services.print_label.answers(self.job)
        exam.services.release.answers(self._release)
        exam.services.list_printers.answers(self.printers)

    @property
    def has_free(self) -> bool:
        return len(self.out) < len(self._names)

    def calls(self, *names: str) -> list[CallRecord]:
        """The calls of the driver since this room is open, of these functions."""
        since = self._exam.calls.records[self._opened :]
        return [call for call in since if not names or call.name in names]

    def lease(self) -> int:
        """Lease a printer, as `acquire` does."""
        if not self.has_free:
            raise Raises("NoPrinterFree")
        # Not in sequence, so that a lease cannot be guessed from another one.
        lease = next(self._numbers) * 7 % 9_973
        if self._first is not None and not self.granted:
            lease = self._first
        self.granted.append(lease)
        self.out.append(lease)
        return lease

    def _release(self, lease: int) -> None:
        if lease in self.out:
            self.out.remove(lease)

    def release_takes(self, seconds: float | Callable[[int], float]) -> None:
        """How long a release takes, and a look at the printer as it begins.

        What is cancelled ends at the instant at which its printer is released: the
        times are the same, and only the order tells who waited. So the driver has
        something to await on its way out.
        """

        def begins(lease: int) -> float:
            self.in_use += [
                (lease, call)
                for call in self.calls("warm_up", "print_label")
                if call.in_flight and call.arguments["lease"] == lease
            ]
            return seconds(lease) if callable(seconds) else seconds

        self._exam.services.release.takes(begins)
        self._exam.services.unwind(_ROUNDS)

    def job(self, lease: int, text: str) -> str:
        return f"J{self._day:06x}-{lease}-{len(text)}"

    def printers(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "leased": place < len(self.out)}
            for place, name in enumerate(self._names)
        ]

    def label(self) -> dict[str, str]:
        """A label that nobody has printed yet."""
        draw = self._exam.random
        return {"text": f"{draw.choice(TEXTS)} {draw.randrange(10_000)}"}

    def post(self) -> Exchange:
        """Ask for a label to be printed."""
        return self._exam.start("POST", "/labels", json=self.label())


async def over(exchange: Exchange) -> Reply:
    """The reply of a request that is over: a release may come after the answer."""
    await exchange.returns()
    return exchange.response()

"""Gates, at which a suite holds calls of services and requests to upstreams back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from graders.proctor.world.calls import CallRecord


class Gate:
    """Holds calls back until the suite opens it.

    Attributes:
        parked: how many calls wait at it now.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self.parked = 0

    async def passed(self, call: CallRecord) -> None:
        """Wait until it is open."""
        self.parked += 1
        call.parked = True
        try:
            await self._open.wait()
        finally:
            self.parked -= 1
            call.parked = False

    def open(self) -> None:
        """Let everything through, from now on."""
        self._open.set()


class Gated:
    """Something of the world's at which a suite can hold back what arrives."""

    _gate: Gate | None = None

    @contextmanager
    def gate(self) -> Iterator[Gate]:
        """Within the `with` block all that arrives waits at a gate; then it opens."""
        gate = self._gate = Gate()
        try:
            yield gate
        finally:
            gate.open()
            self._gate = None

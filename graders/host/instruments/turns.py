"""Who gives a turn back that he never had.

A wait for a place that was cancelled, or timed out, has taken none; what is released
after it was somebody else's. It is no fault by itself (one task may release what
another has taken), but it explains one.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from collections import Counter
from typing import Any

from anyio._backends import _asyncio as anyio_on_asyncio

from graders.host.clock.current import current_run
from graders.host.instruments.recorder import Recorder

# Class -> what takes a turn at once, and what gives one back. Waiting for one is
# watched by `waits`, but for a queue, which may hold the places themselves.
_GIVING = (
    (asyncio.Lock, (), ("release",)),
    (asyncio.Semaphore, (), ("release",)),
    (asyncio.Queue, ("get_nowait",), ("put_nowait",)),
    (anyio_on_asyncio.Lock, ("acquire_nowait",), ("release",)),
    (anyio_on_asyncio.Semaphore, ("acquire_nowait",), ("release",)),
)
_TAKEN, _GIVEN, _GIVEN_UP = "taken", "given", "given up"
_Balance = Counter[tuple[str, int | None]]


class Turns:
    """Args:
    recorder: receives the evidence.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        # Of those that have no room for it themselves; kept, so that no other one gets
        # its identity.
        self._without_room: dict[int, tuple[Any, _Balance]] = {}

    def install(self) -> None:
        """Begin to look, before a submission is loaded."""
        for turn, taking, giving in _GIVING:
            for name in taking:
                self._watch(turn, name, self.took)
            for name in giving:
                self._watch(turn, name, self._gave)
        self._watch_getting()

    def took(self, turn: Any) -> None:
        """A turn was taken, at once or after a wait."""
        self._balance(turn)[_TAKEN, current_run.get()] += 1

    def gave_up(self, turn: Any) -> None:
        """A wait for a turn has ended without one."""
        self._balance(turn)[_GIVEN_UP, current_run.get()] += 1

    def _gave(self, turn: Any) -> None:
        if sys._getframe(2).f_code.co_name == "acquire":
            # A wait that was cancelled as it ended, and hands its turn on.
            return
        balance, run = self._balance(turn), current_run.get()
        balance[_GIVEN, run] += 1
        surplus = balance[_GIVEN, run] > balance[_TAKEN, run]
        if surplus and balance[_GIVEN_UP, run]:
            name = next(one for one, *_ in _GIVING if isinstance(turn, one)).__name__
            self._recorder.record(
                "released and never taken", name, self._recorder.here()
            )

    def _balance(self, turn: Any) -> _Balance:
        """How often each run has taken a turn here, given one back, and given up."""
        own: dict[str, Any] | None = getattr(turn, "__dict__", None)
        if own is not None:
            return own.setdefault("_exam_balance", Counter())  # type: ignore[no-any-return]
        return self._without_room.setdefault(id(turn), (turn, Counter()))[1]

    def _watch(self, turn: Any, name: str, note: Any) -> None:
        real = getattr(turn, name)

        @functools.wraps(real)
        def call(self: Any, *args: Any) -> Any:
            result = real(self, *args)
            note(self)
            return result

        setattr(turn, name, call)

    def _watch_getting(self) -> None:
        real, turns = asyncio.Queue.get, self

        @functools.wraps(real)
        async def get(self: Any) -> Any:
            try:
                # It takes by `get_nowait`.
                return await real(self)
            except BaseException:
                turns.gave_up(self)
                raise

        named: Any = get
        named.__code__ = named.__code__.replace(
            co_name="get", co_qualname=real.__qualname__
        )
        asyncio.Queue.get = get  # type: ignore[method-assign]

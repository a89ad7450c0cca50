"""What a suite does not expect: an exception of its own, and who has caused it.

A suite says what it expects, and a submission that fails that fails a check. Where a
suite comes upon something that it has not thought of (a list instead of an object, a
service called with a number that nobody has), Python raises something in its midst. It
is the submission's doing when the kata's own solution passes the very same check.
"""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graders.proctor.driver.reply import Reply
from graders.proctor.exam.lines import Lines
from graders.proctor.verdict.findings import CheckFailed, Finding, sendable
from graders.proctor.world.calls import CallRecord
from graders.wire import without_addresses

_OTHER_TABLES = Finding(
    "the tables are those of `given.py`, with the rows that the brief speaks of",
    "the exam cannot work with them",
    "Make the tables as `given.py` does, and leave them as they are.",
    no_site="it shows in the database only",
)
# The first one is told; a submission may bring about as many as it likes.
_MOST = 20
# Characters of an answer or of arguments that a finding shows.
_SHOWN = 80


@dataclass(frozen=True)
class Surprise:
    """An exception that left a suite's code, seen from both sides.

    Attributes:
        error: the traceback, for who writes suites.
        name: the exception's class.
        finding: what the learner is told, where the submission has caused it.
        at_hand: whether the suite was looking at something that the submission has
            made when it was raised, or that its process has said.
    """

    error: str
    name: str
    finding: Finding
    at_hand: bool


class Surprises:
    """The exceptions that left the suite's code in one exam.

    Args:
        lines: says where an answer was made.
        hint: what to try, where nothing better is known.

    Attributes:
        kept: the first ones, in order.
    """

    def __init__(self, lines: Lines, hint: str) -> None:
        self._lines = lines
        self._hint = hint
        self.kept: list[Surprise] = []

    def keep(
        self, exc: Exception, call: CallRecord | None = None, *, told: bool = False
    ) -> None:
        """Keep an exception that left the suite's code.

        Args:
            call: the call of a service that was being answered, if one was.
            told: the submission's process has said so, or something that led to it.
        """
        if len(self.kept) < _MOST:
            self.kept.append(self._described(exc, call, told=told))

    def unhandled(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        """As `keep`, for what the event loop of the suite has caught."""
        # A task whose end nobody awaited tells of it when it is collected, at a moment
        # that means nothing.
        exc = context.get("exception")
        if isinstance(exc, Exception) and not {"task", "future"} & context.keys():
            self.keep(exc)

    def _described(
        self, exc: Exception, call: CallRecord | None, *, told: bool
    ) -> Surprise:
        looked_at = call or next(_looked_at(exc), None)
        error = sendable(without_addresses("".join(traceback.format_exception(exc))))
        known = exc.finding if isinstance(exc, CheckFailed) else None
        if known is None and isinstance(exc, sqlite3.Error):
            known = _OTHER_TABLES
        finding = known or self._finding(looked_at)
        at_hand = told or looked_at is not None
        return Surprise(error, type(exc).__name__, finding, at_hand)

    def _finding(self, looked_at: Reply | CallRecord | None) -> Finding:
        lines = self._lines
        if isinstance(looked_at, Reply):
            site = lines.answer(looked_at.run)
            return Finding(
                f"{looked_at.request} answers as the brief describes",
                f"{looked_at.status} and {looked_at.text[:_SHOWN]!r}",
                "Compare the answer with the brief's, key by key.",
                site,
                lines.line_of(site),
                no_site="" if site else "no line of yours made this answer",
            )
        if isinstance(looked_at, CallRecord):
            site = looked_at.site
            return Finding(
                f"`{looked_at.name}` is asked for what there is",
                f"it got {_told(looked_at)}",
                "Where does each value come from that you give it?",
                site,
                lines.line_of(site),
                no_site="" if site else "no line of yours made this call",
            )
        return Finding(
            "what the brief describes",
            "something else, which the exam cannot read",
            self._hint,
            no_site="it shows in no single answer",
        )


def _looked_at(exc: BaseException) -> Iterator[Reply | CallRecord]:
    """The answers and calls in the variables of the suite, the innermost first."""
    frames = [frame for frame, _ in traceback.walk_tb(exc.__traceback__)]
    for frame in reversed(frames):
        # An exchange's own variables say nothing of what a suite was reading.
        if frame.f_globals.get("__package__") != __package__:
            for value in reversed(list(frame.f_locals.values())):
                if isinstance(value, Reply | CallRecord):
                    yield value


def _told(call: CallRecord) -> str:
    """The arguments of a call; of a request to an upstream its query and body."""
    of_request = ("query", "body") if "host" in call.arguments else call.arguments
    told: dict[str, Any] = {name: call.arguments.get(name) for name in of_request}
    return ", ".join(f"{name}={value!r:.{_SHOWN}}" for name, value in told.items())

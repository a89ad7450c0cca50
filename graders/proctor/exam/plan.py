"""Plans: who asks what and when, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graders.proctor.driver.reply import Reply
from graders.proctor.world.calls import CallRecord

# Moments are drawn in these (seconds): whole microseconds, and sums of them are exact.
_TICK = 1 / 64


def seconds(draw: Random, most: float, least: float = 0.0) -> float:
    """A duration from `least` to below `most`, for a plan; seldom a round one.

    It is `least` where nothing lies between them.

    Sums and differences of such durations, of halves and of whole seconds are exact, in
    whatever order they are formed: nobody is failed for the last digit of a `float`.
    """
    first, end = round(least / _TICK), round(most / _TICK)
    return draw.randrange(first, max(end, first + 1)) * _TICK


@dataclass(frozen=True)
class Ask:
    """One request of a plan. Times are virtual seconds.

    Attributes:
        method, target: what is asked, as "GET" and "/path?query".
        at: when, after the beginning of the plan.
        json: sent as the body, unless it is None.
        pieces: the body of a slow client, instead: how long after the request each part
            of it comes; it ends with the last one.
        leaves: so long after the request the client goes away, if it does.
        cancelled: so long after the request the server gives it up, if it does.
        rounds: of the submission's event loop that pass before it is given up.
    """

    method: str
    target: str
    at: float = 0.0
    json: Any = None
    pieces: tuple[tuple[float, bytes], ...] = ()
    leaves: float | None = None
    cancelled: float | None = None
    rounds: int = 0


@dataclass(frozen=True)
class Answered:
    """What came of one request.

    Attributes:
        status: 0 where nobody was left to hear one.
        content: the body, as the view of the property has it.
        took: virtual seconds to the last byte.
    """

    status: int
    content: Any
    took: float


@dataclass(frozen=True)
class Made:
    """One call that reached the fake world.

    Attributes:
        ask: the place of the request within which it was made; None for others.
        arguments: by name, sorted.
    """

    ask: int | None
    name: str
    arguments: tuple[tuple[str, Any], ...]
    outcome: str


@dataclass(frozen=True)
class Observation:
    """All that a plan has led to and that a brief may promise.

    Attributes:
        state: what was stored, or whatever else a property looks at in the end.
        replies, records: where they come from, for who has to find the line.
    """

    asks: tuple[Ask, ...]
    answers: tuple[Answered, ...]
    calls: tuple[Made, ...]
    state: Any = None
    began: float = 0.0
    replies: tuple[Reply | None, ...] = field(default=(), compare=False)
    records: tuple[CallRecord, ...] = field(default=(), compare=False)


NOTHING = Observation((), (), ())


class BrokenOff(Exception):
    """A plan has been broken off, or somebody else has asked in its place or beside it.

    Attributes:
        seen: what came of its requests, where they were carried out.
    """

    def __init__(self, seen: Observation = NOTHING) -> None:
        super().__init__()
        self.seen = seen


View = Callable[[Ask, Reply], Any]


def content(ask: Ask, reply: Reply) -> Any:
    """The body of a reply as JSON, or as text; nothing of an error's wording."""
    if reply.status >= 400:
        return None
    try:
        return reply.json()
    except (ValueError, RecursionError):
        return reply.text

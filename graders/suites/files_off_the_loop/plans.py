"""Plans: who sends, reads or goes away on a day, and when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from graders.proctor import Ask, seconds
from graders.suites.files_off_the_loop.world import TILLS


@dataclass(frozen=True)
class Piece:
    """A part of a receipt: so long after the beginning of its `PUT` (s) it comes."""

    after: float
    size: int


@dataclass(frozen=True)
class Upload:
    """A `PUT` of a slow client.

    Attributes:
        breaks: so long after its beginning it breaks off.
        cancelled: not by its client, but by the server.
    """

    at: float
    receipt: str
    pieces: tuple[Piece, ...]
    breaks: float | None = None
    cancelled: bool = False

    def __post_init__(self) -> None:
        times = [piece.after for piece in self.pieces]
        if not times or times != sorted(times):
            raise ValueError("a receipt comes in its order")
        if self.breaks is not None and self.breaks >= times[-1]:
            raise ValueError("it breaks off before it has come")

    def moments(self) -> Iterator[float]:
        yield self.at
        for piece in self.pieces:
            yield self.at + piece.after
        if self.breaks is not None:
            yield self.at + self.breaks

    def ask(self, body: bytes) -> Ask:
        pieces, begin = [], 0
        for piece in self.pieces:
            pieces.append((piece.after, body[begin : begin + piece.size]))
            begin += piece.size
        return Ask(
            "PUT",
            f"/receipts/{self.receipt}",
            self.at,
            pieces=tuple(pieces),
            leaves=None if self.cancelled else self.breaks,
            cancelled=self.breaks if self.cancelled else None,
        )


@dataclass(frozen=True)
class Reading:
    """A `GET`: of the whole receipt, or of so many lines from `start` on."""

    at: float
    receipt: str
    start: int | None = None
    count: int = 10

    def ask(self) -> Ask:
        window = f"/lines?start={self.start}&count={self.count}"
        tail = "" if self.start is None else window
        return Ask("GET", f"/receipts/{self.receipt}{tail}", self.at)


@dataclass(frozen=True)
class Day:
    """What comes and is read on a day.

    What happens to files within one instant has no order: whatever stores something
    has a moment of its own.
    """

    uploads: tuple[Upload, ...]
    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        moments = [moment for one in self.uploads for moment in one.moments()]
        moments += {one.at for one in self.readings}
        if len(set(moments)) < len(moments):
            raise ValueError("two things happen to files at one moment")


def days(draw: Random) -> Day:
    name = f"{draw.choice(TILLS)}-{draw.randrange(10**6)}"
    # Two names that are not the same.
    receipts = name, name.swapcase()
    while True:
        with contextlib.suppress(ValueError):
            uploads = [_upload(draw, receipts) for _ in range(draw.randint(1, 4))]
            at = [seconds(draw, 6) for _ in range(3)]
            readings = [_reading(draw, at, receipts) for _ in range(draw.randint(1, 6))]
            return Day(tuple(uploads), tuple(readings))


def _upload(draw: Random, receipts: tuple[str, str]) -> Upload:
    times = sorted(seconds(draw, 4) for _ in range(draw.randint(1, 4)))
    sizes = [draw.choice((0, draw.randrange(1, 500), draw.randrange(1, 90_000)))]
    sizes += [draw.randrange(1, 2_000) for _ in times[1:]]
    breaks = seconds(draw, times[-1]) if draw.random() < 0.3 and times[-1] else None
    return Upload(
        seconds(draw, 2),
        draw.choice(receipts),
        tuple(map(Piece, times, sizes)),
        breaks,
        draw.random() < 0.5,
    )


def _reading(draw: Random, at: list[float], receipts: tuple[str, str]) -> Reading:
    start = draw.choice((None, draw.randrange(12)))
    return Reading(draw.choice(at), draw.choice(receipts), start, draw.randint(1, 12))

"""What the pool goes through in a plan, and how that is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from graders.proctor import seconds
from graders.suites.bounded_pool.world import ROUNDS, TROUBLES


@dataclass(frozen=True)
class Errand:
    """A scan that is asked for, and perhaps cancelled.

    Attributes:
        at: when (s).
        takes: how long the scan takes.
        trouble: what it raises.
        cancelled: so long after its beginning it is cancelled.
        rounds: of the event loop that pass at that moment before it is.
    """

    at: float
    takes: float
    trouble: str | None = None
    cancelled: float | None = None
    rounds: int = 0


@dataclass(frozen=True)
class Shift:
    """What the pool goes through.

    Attributes:
        opening, closing: how long a link takes to open and to close.
        refused: from when to when none can be opened.
        looks: when somebody asks for the state of the pool.
    """

    errands: tuple[Errand, ...]
    opening: float = 0.0
    closing: float = 0.0
    refused: tuple[float, float] | None = None
    looks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.refused is not None and len(self.refused) != 2:
            raise ValueError("a beginning and an end")


def some_shift(draw: Random) -> Shift:
    # Where all times are round, much happens at the same moment.
    tick = draw.choice((0.0, 0.0, 0.5))

    def within(most: float, least: float = 0.0) -> float:
        some = seconds(draw, most, least)
        return some // tick * tick if tick else some

    def moment(most: float) -> float:
        return draw.choice((0.0, within(most)))

    # A rush, in which many wait for longer than they may, or a quiet time.
    rush = draw.random() < 0.5

    def errand() -> Errand:
        takes = within(2.5, 0.5) if rush else moment(2.5)
        # Some leave when their scan has ended, which is when a link is closed.
        leaves = draw.choice((within(3), takes + within(1.5)))
        cancelled = leaves if draw.random() < 0.4 else None
        return Errand(
            at=moment(1 if rush else 3),
            takes=takes,
            trouble=draw.choice(TROUBLES[:2]) if draw.random() < 0.4 else None,
            cancelled=cancelled,
            rounds=0 if cancelled is None else draw.randrange(ROUNDS),
        )

    begin = moment(2)
    return Shift(
        errands=tuple(
            errand() for _ in range(draw.randint(*(7, 12) if rush else (1, 8)))
        ),
        opening=moment(1.5),
        closing=moment(1.5),
        refused=(begin, begin + seconds(draw, 2)) if draw.random() < 0.4 else None,
        looks=tuple(seconds(draw, 4) for _ in range(draw.randint(0, 2))),
    )

"""Days of orders, drawn: who orders what and when, and what the steps do meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from graders.proctor import seconds
from graders.suites.measure_durations.world import GOODS, STEPS, UNFORESEEN


@dataclass(frozen=True)
class Placing:
    """An order is placed at this moment (s), and given up so long afterwards."""

    at: float
    cancelled: float | None = None

    def __post_init__(self) -> None:
        if self.cancelled == 0:
            raise ValueError("given up before it is placed")


@dataclass(frozen=True)
class Goods:
    """What is ordered, perhaps several times; how long its steps take, which fail.

    Attributes:
        error: what they raise who fail.
    """

    sku: str
    quantity: int
    validate: float
    price: float
    reserve: float
    placings: tuple[Placing, ...]
    failing: tuple[str, ...] = ()
    error: str = "StepFailed"


@dataclass(frozen=True)
class Day:
    """Orders, and when the metrics are read and the date is set meanwhile."""

    goods: tuple[Goods, ...]
    reads: tuple[float, ...]
    set_at: float | None = None


def drawn_day(draw: Random) -> Day:
    # Often several at the same moment.
    moments = [seconds(draw, 3) for _ in range(3)]
    skus = [f"{kind}-{draw.randint(100, 999)}" for kind in draw.sample(GOODS, 2)]
    # Often of the same length, or of none.
    lengths = 0.0, seconds(draw, 3)
    rush = 24 if draw.random() < 0.2 else 0

    def takes() -> float:
        return draw.choice(lengths) if draw.random() < 0.3 else seconds(draw, 3)

    def placing() -> Placing:
        given_up = seconds(draw, 4) + 1 / 128 if draw.random() < 0.2 else None
        return Placing(draw.choice(moments), given_up)

    def goods(quantity: int, times: int) -> Goods:
        failing = draw.sample(tuple(STEPS), draw.choice((0, 0, 0, 1, 2)))
        return Goods(
            draw.choice(skus),
            quantity,
            validate=takes(),
            price=takes(),
            reserve=takes(),
            placings=tuple(placing() for _ in range(times)),
            failing=tuple(failing),
            error=draw.choice(("StepFailed", "StepFailed", *UNFORESEEN[:2])),
        )

    quantities = draw.sample(range(2, 40), draw.randint(1, 3))
    often = [draw.randint(1, 2) for _ in quantities]
    # Also right before and right after an order is placed.
    placed = draw.choice(moments)
    return Day(
        tuple(map(goods, quantities, [rush or often[0], *often[1:]])),
        (
            *(seconds(draw, 8) + 1 / 256 for _ in range(2)),
            max(0.0, placed - 1 / 256),
            placed + 1 / 256,
        ),
        seconds(draw, 6) if draw.random() < 0.3 else None,
    )

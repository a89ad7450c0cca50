"""Plans: who asks for which quotes when, and what the carriers make of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random

from graders.proctor import seconds
from graders.suites.trip_desk.world import BREAKS, CARRIERS, PATIENCE, Leg

# How one answer of a carrier may fail, and how a carrier may for a whole plan.
_PAGES = ("", "<h1>We are moving</h1>", '{"price": 42')
_ERRORS = (400, 404, 429, 500, 503)
_FAILURES: tuple[str | int, ...] = (*BREAKS, *_PAGES, *_ERRORS)
_SHUT = ("refuses", "unknown", "unreachable")


@dataclass(frozen=True)
class Order:
    """A quote that is asked for, and perhaps once more, so much later.

    Attributes:
        untold: analytics does not take its report.
    """

    at: float
    rail: Leg
    coach: Leg
    ferry: Leg
    again: float | None = None
    untold: bool = False

    @property
    def legs(self) -> dict[str, Leg]:
        return {"rail": self.rail, "coach": self.coach, "ferry": self.ferry}

    def starts(self) -> list[float]:
        return [self.at, *([] if self.again is None else [self.at + self.again])]


@dataclass(frozen=True)
class Day:
    """What the desk is asked for, while perhaps nobody can connect to one carrier.

    Attributes:
        telling: how long a report takes.
    """

    orders: tuple[Order, ...]
    telling: float = 0.0
    shut: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        ends = [at + self._lasts(one) for one in self.orders for at in one.starts()]
        if len(set(ends)) < len(ends):
            raise ValueError("SQLite lets only one of them write at a time")

    def _lasts(self, order: Order) -> float:
        waits = {"refuses": 0.0, "unknown": 0.0, "unreachable": PATIENCE}
        lasts = {name: min(leg.takes, PATIENCE) for name, leg in order.legs.items()}
        return max((lasts | {name: waits[way] for name, way in self.shut}).values())


def some_day(draw: Random) -> Day:
    def leg() -> Leg:
        takes = draw.choice([one / 4 for one in range(16) if one / 4 != PATIENCE])
        return Leg(takes, draw.choice(_FAILURES) if draw.random() < 0.25 else None)

    def order() -> Order:
        return Order(
            at=draw.choice((0.0, seconds(draw, 2))),
            rail=leg(),
            coach=leg(),
            ferry=leg(),
            again=seconds(draw, 1) if draw.random() < 0.2 else None,
            untold=draw.random() < 0.2,
        )

    telling, shut = seconds(draw, 1), draw.random() < 0.3
    day = Day((), telling, ((draw.choice(CARRIERS), draw.choice(_SHUT)),) * shut)
    for _ in range(draw.randint(1, 4)):
        with suppress(ValueError):
            day = replace(day, orders=(*day.orders, order()))
    return day

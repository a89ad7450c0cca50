"""Plans: labels and lists that are asked for, and what befalls each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random

from graders.proctor import Raises, seconds
from graders.suites.lease_and_release.world import BUGS, PATIENCE, STEPS, TEXTS

# The errors that the driver has names for, by the step that may raise them.
_KNOWN = {
    "acquire": "NoPrinterFree",
    "warm_up": "WarmUpFailed",
    "print_label": "PaperJam",
}
_UNKNOWN = (*BUGS, "TimeoutError")
_STATUSES = {
    "NoPrinterFree": (503,),
    "WarmUpFailed": (502,),
    "PaperJam": (502,),
    # The brief leaves it open.
    "TimeoutError": (500, 504),
}
# Steps that may last longer than the others.
_LONG = ("warm_up", "release")


@dataclass(frozen=True)
class Order:
    """A label that is asked for: when, and how long each step takes (s).

    Attributes:
        step, error: what is raised at the end of which step, if anything is.
        leaves: so long after the request the client goes away, if it does.
        cancelled: so long after the request it is cancelled, if it is.
    """

    at: float
    text: str
    acquire: float
    warm_up: float
    print_label: float
    release: float
    step: str = "print_label"
    error: str | None = None
    leaves: float | None = None
    cancelled: float | None = None

    def __post_init__(self) -> None:
        if self.print_label == PATIENCE:
            raise ValueError("whether that is too long only the last moment tells")
        if self.cancelled is not None:
            ends = [*accumulate(self.lasts, initial=0.0)]
            if self.cancelled in ends or self.cancelled > ends[-1]:
                raise ValueError("only what comes within a step is promised")
            if self.leaves is not None:
                raise ValueError("either the client gives up, or the server")

    @property
    def made(self) -> tuple[str, ...]:
        """The steps that come before the release."""
        last = STEPS.index(self.step) if self.error else len(STEPS)
        return STEPS[: last + 1]

    @property
    def lasts(self) -> list[float]:
        """How long each of them lasts."""
        times = [getattr(self, step) for step in self.made]
        return [*times[:2], *(min(PATIENCE, time) for time in times[2:])]

    @property
    def statuses(self) -> tuple[int, ...]:
        """Those that it may be answered with."""
        if "print_label" in self.made and self.print_label > PATIENCE:
            return (504,)
        return _STATUSES.get(self.error, (500,)) if self.error else (201,)

    def raises(self, step: str) -> None:
        """Raise what this step of the driver raises for it, if anything."""
        if self.error and self.step == step:
            raise Raises(self.error, "out of order")


@dataclass(frozen=True)
class Look:
    """Somebody looks at the list: when, and how long the driver takes for it (s)."""

    at: float
    lasts: float


@dataclass(frozen=True)
class Shift:
    """At most as many labels as there are printers, so that one is always free.

    Attributes:
        first: the number of the first lease, if it matters.
    """

    orders: tuple[Order, ...]
    looks: tuple[Look, ...]
    first: int | None = None

    def __post_init__(self) -> None:
        if len(self.orders) > 3:
            raise ValueError("there are three printers")


def drawn_shift(draw: Random) -> Shift:
    return Shift(
        tuple(_drawn_order(draw) for _ in range(draw.randint(1, 3))),
        tuple(
            Look(seconds(draw, 5), seconds(draw, 1)) for _ in range(draw.randint(0, 2))
        ),
        first=draw.choice((None, None, None, 0)),
    )


def _drawn_order(draw: Random) -> Order:
    step = draw.choice(STEPS)
    order = Order(
        seconds(draw, 2),
        draw.choice(TEXTS),
        seconds(draw, 1),
        seconds(draw, draw.choice((3, 3, 3, 90))),
        # Never 2 s, and never the moment of anything else.
        seconds(draw, 3) + 1 / 128,
        seconds(draw, draw.choice((3, 3, 3, 20))),
        step,
        draw.choice((*[None] * 6, _KNOWN[step], draw.choice(_UNKNOWN))),
    )
    match draw.randrange(8):
        case 0:
            return replace(order, leaves=seconds(draw, 4))
        case 1:
            # Its thread, if it has one, goes on and must end with the plan.
            short = {step: min(3.0, getattr(order, step)) for step in _LONG}
            order = replace(order, **short)
            return replace(order, cancelled=seconds(draw, sum(order.lasts)) + 1 / 256)
    return order

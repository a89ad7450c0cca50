"""What a pool and its workers say to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from graders.proctor import Launcher

Order = TypeVar("Order")
Value = TypeVar("Value")

# Says how far an order has come. It does not return when the order was cancelled.
Tell: TypeAlias = Callable[[Value], None]
# Carries out an order with hosts of this launcher.
Task: TypeAlias = Callable[[Order, Launcher, Tell[Value]], Value]


@dataclass(frozen=True)
class Duty(Generic[Order, Value]):
    """What a worker does for as long as it lives; all that follows are orders.

    Attributes:
        suites: folders that suites are imported from.
        scratch: the folder for everything that is temporary; None for the usual one.
    """

    task: Task[Order, Value]
    suites: list[str]
    scratch: str | None


@dataclass(frozen=True)
class Cancel:
    """The answer to the last order is of no use any more."""


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """What came of an order, or how far it has come.

    Attributes:
        value: None where the grader failed.
        trouble: why it did.
        launcher: no submission could be started at all.
        last: whether it is all that there is to say of the order.
    """

    value: Value | None = None
    trouble: str = ""
    launcher: bool = False
    last: bool = True


# An order, and what there is to say of it.
Said: TypeAlias = tuple[Order, Answer[Value]]

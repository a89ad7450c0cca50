"""Plans of who signs up when, and of what becomes of the work."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from graders.proctor import seconds


@dataclass(frozen=True)
class SignUp:
    """Somebody signs up: when, and what becomes of the work. All in seconds.

    Attributes:
        mail, crm: how long they take.
        namesake: whether the name is that of the first one in the plan.
        again: so long afterwards the same address comes once more, if it does.
        asks: so long afterwards the status is asked for.
    """

    at: float
    mail: float
    crm: float
    mail_fails: bool = False
    crm_fails: bool = False
    namesake: bool = False
    again: float | None = None
    asks: tuple[float, ...] = ()


def drawn_sign_ups(draw: Random) -> tuple[SignUp, ...]:
    # Often several at the same moment.
    moments = [seconds(draw, 3) for _ in range(3)]

    def again() -> float | None:
        return draw.choice((None, None, 0.0, seconds(draw, 8)))

    def takes(slow: bool) -> float:
        # Nothing is said of a limit of time.
        return seconds(draw, 80, 65) if slow else seconds(draw, 4)

    slow = draw.choice((None, None, "mail", "crm"))
    return tuple(
        SignUp(
            at=draw.choice(moments),
            mail=takes(slow == "mail" and place == 0),
            crm=takes(slow == "crm" and place == 0),
            mail_fails=draw.random() < 0.3,
            crm_fails=draw.random() < 0.3,
            namesake=draw.random() < 0.3,
            again=again(),
            asks=tuple(seconds(draw, 8) for _ in range(2)),
        )
        for place in range(draw.randint(1, 4))
    )

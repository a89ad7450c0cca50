"""Whatever is asked at whatever time: each request is told what holds now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graders.proctor import Ask, BreaksOff, Exam, Observation, every_schedule, seconds
from graders.suites.client_with_a_life.world import (
    BREAKS,
    CURRENCIES,
    ERRORS,
    PATIENCE,
    error,
    rates_api,
)


@dataclass(frozen=True)
class Wish:
    """One request.

    Attributes:
        at: when (s).
        base: the currency; for /health there is none.
        fate: what the rates API answers to it: a status, or how it breaks off.
        takes: after how long (s).
        cents: what a dollar costs at that moment.
    """

    at: float
    base: str
    fate: str
    takes: float
    cents: int

    def __post_init__(self) -> None:
        if self.takes == PATIENCE:
            raise ValueError("whether that is in time nobody can say")

    @property
    def answer(self) -> Response | BreaksOff:
        if self.fate in BREAKS:
            return BREAKS[self.fate]
        if self.fate != "200":
            return error(int(self.fate))
        return JSONResponse({"base": self.base, "rates": {"USD": self.cents / 100}})


def wishes(draw: Random) -> tuple[Wish, ...]:
    # Few currencies: the same one is often asked for again, and at the same time.
    bases = draw.sample(CURRENCIES, 2)
    troubles = ("404", *BREAKS, *map(str, draw.sample(ERRORS, 4)))
    late = (0, 0, 0, 0, PATIENCE + 1 / 64)
    # Some are asked and answered at the very same moment.
    together = seconds(draw, 6), seconds(draw, 1)

    def times() -> tuple[float, float]:
        if draw.random() < 0.4:
            return together
        # Many are over before the next begins, some are not, some are in vain.
        most = draw.choice((1.0, 1.0, PATIENCE))
        return seconds(draw, 6), seconds(draw, most) + draw.choice(late)

    def fate() -> str:
        return draw.choice(("200", "200", draw.choice(troubles)))

    def base() -> str:
        return draw.choice((*bases, *bases, *bases, ""))

    return tuple(
        Wish(at, base(), fate(), takes, draw.randrange(100, 900))
        for at, takes in (times() for _ in range(draw.randint(2, 6)))
    )


@every_schedule(
    "errors",
    points=2,
    hint="What do two requests share in your code, and what of an earlier one is still "
    "there when another is answered?",
    plans=wishes,
    count=24,
    stops=True,
)
async def test_each_request_is_told_what_the_rates_api_says_now(
    exam: Exam, plan: tuple[Wish, ...]
) -> Observation:
    """Each request asks the rates API once, and is told what it answers to this one"""
    began = exam.now

    async def latest(request: Request) -> Response | BreaksOff:
        """What is answered to whoever asks for a currency at this moment."""
        base = request.url.path.rpartition("/")[2]
        asked = [one for one in plan if one.base == base]
        so_far = [one for one in asked if began + one.at <= exam.now]
        if not so_far:
            return error(404)
        wish = max(so_far, key=lambda one: one.at)
        await asyncio.sleep(wish.takes)
        return wish.answer

    rates_api(exam).takes(0).answers(latest)
    return await exam.carry_out(
        [
            Ask("GET", f"/rates/{one.base}" if one.base else "/health", one.at)
            for one in plan
        ]
    )

"""Whenever pages are asked for: each shows what its own five calls came to."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Any

from graders.proctor import (
    Ask,
    Exam,
    Observation,
    Raises,
    Reply,
    content,
    every_schedule,
    seconds,
)
from graders.suites.partial_failure.expectations import SHARED, rows_of
from graders.suites.partial_failure.world import BUGS, REASONS, SHOPS, path


@dataclass(frozen=True)
class Stand:
    """What comes of asking one shop for the article of one page.

    Attributes:
        takes: after how long (s).
        price: of an offer, in cents; None where it does not sell the article.
        fault: the exception that it raises instead, or "".
        says: what the exception is made of.
    """

    takes: float
    price: int | None
    fault: str
    says: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A page that is asked for: when (s), of which article, and what the shops do."""

    at: float
    sku: str
    alpenmarkt: Stand
    bergheim: Stand
    castello: Stand
    dorfladen: Stand
    emporio: Stand

    def stand(self, shop: str) -> Stand:
        stand: Stand = getattr(self, shop.lower())
        return stand


def drawn_pages(draw: Random) -> tuple[Page, ...]:
    number = draw.randrange(1_000, 9_000)
    skus = draw.sample((f"sku-{number}", f"SKU-{number}", f"sku {number}"), 2)
    # Some are asked and answered at the very same moment, and for the same price.
    together = seconds(draw, 4), seconds(draw, 2)
    price = draw.choice((0, draw.randrange(90, 1_100)))

    def stand(failing: float, bugs: float, takes: float) -> Stand:
        fault, says = "", tuple[str, ...]()
        chance = draw.random()
        if chance < failing:
            reason = f"{draw.choice(REASONS)} ({draw.randrange(1_000)})"
            fault = "ShopFailed"
            says = draw.choice(((reason,), (reason + "\n",), (), (reason, "and more")))
        elif chance > 1 - bugs:
            # That others are bugs as well is another check's matter.
            fault, says = BUGS[0], ("price",)
        asked = draw.choice((price, draw.randrange(90, 1_100), None))
        return Stand(takes, asked, fault, says)

    def page() -> Page:
        failing = draw.choice((0.0, 0.3, 0.3, 0.9))
        bugs = draw.choice((0.0, 0.0, 0.0, 0.0, 0.4))
        if draw.random() < 0.4:
            at, takes = together[0], [together[1] for _ in SHOPS]
        else:
            at, most = seconds(draw, 8), draw.choice((1, 3, 90))
            takes = [seconds(draw, most) for _ in SHOPS]
        return Page(
            at, draw.choice(skus), *(stand(failing, bugs, one) for one in takes)
        )

    return tuple(page() for _ in range(draw.randint(1, 4)))


def _even_offers(ask: Ask, reply: Reply) -> Any:
    """A page with `missing`, and offers of the same price, in the order of names."""
    if reply.status != 200:
        return None
    body = content(ask, reply)
    if not isinstance(body, dict):
        return body
    runs = groupby(rows_of(body, "offers"), lambda row: row.get("price"))
    ordered = {
        "offers": [row for _, run in runs for row in sorted(run, key=str)],
        "missing": sorted(rows_of(body, "missing"), key=str),
    }
    # A list that holds something else as well stays as it is.
    return body | {
        key: rows
        for key, rows in ordered.items()
        if isinstance(body.get(key), list) and len(body[key]) == len(rows)
    }


@every_schedule(
    "errors",
    points=2,
    hint=SHARED,
    plans=drawn_pages,
    count=24,
    free=("ways of errors",),
    # The brief does not say what becomes of the calls of a page that is given up.
    crowds=False,
    company=False,
)
async def test_each_page_shows_what_its_own_calls_came_to(
    exam: Exam, plan: tuple[Page, ...]
) -> Observation:
    """Whenever pages are asked for, each shows what its own five calls came to"""
    began = exam.now

    def takes(shop: str, sku: str) -> float:
        """How long a shop thinks that is asked at this moment."""
        so_far = [one for one in plan if one.sku == sku and began + one.at <= exam.now]
        page = max(so_far, key=lambda one: one.at, default=None)
        return page.stand(shop).takes if page else 0

    def says(shop: str, sku: str) -> int | None:
        """What it says who was asked so long ago as it thinks."""
        for page in plan:
            stand = page.stand(shop)
            over = round(began + page.at + stand.takes - exam.now, 6)
            if page.sku == sku and not over:
                if stand.fault:
                    raise Raises(stand.fault, *stand.says)
                return stand.price
        return None

    exam.services.ask_shop.takes(takes).answers(says)
    return await exam.carry_out(
        [Ask("GET", path(one.sku), one.at) for one in plan], view=_even_offers
    )

"""The fake market: what the shops say about each article."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from urllib.parse import quote

from graders.proctor import CallRecord, Exam, Raises

SHOPS = ("Alpenmarkt", "Bergheim", "Castello", "Dorfladen", "Emporio")
REASONS = (
    "closed for stocktaking",
    "no connection",
    "too many requests",
    "the certificate has run out",
    "moving to a new warehouse",
)
BUGS = ("TypeError", "KeyError", "ValueError", "AttributeError", "ZeroDivisionError")

# A price, the reason of a shop that cannot answer, or None where it is not sold.
Said = int | str | None


class Market:
    """The world: articles whose prices and troubles are drawn anew for every check."""

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self._numbers = count(exam.random.randrange(1_000, 9_000))
        self._articles: dict[str, dict[str, Said]] = {}
        self._bugs: dict[tuple[str, str], str] = {}
        exam.services.ask_shop.answers(self._answer)

    def _answer(self, shop: str, sku: str) -> int | None:
        bug = self._bugs.get((shop, sku))
        if bug is not None:
            raise Raises(bug, "price")
        said = self._articles.get(sku, {}).get(shop)
        if isinstance(said, str):
            raise Raises("ShopFailed", said)
        return said

    def article(
        self,
        shops: Sequence[str] = (),
        *,
        failed: int = 0,
        unsold: int = 0,
        gifts: int = 0,
        bug: str = "",
        bugs: int = 1,
    ) -> str:
        """A new article.

        Args:
            shops: who does what, in this order; drawn when it does not matter.
            failed: how many shops cannot answer, at the end.
            unsold: how many do not sell it, after those.
            gifts: how many give it away, at the beginning.
            bug: the exception that a bug of ours raises for the first shops.
            bugs: for how many.
        """
        sku = f"sku-{next(self._numbers)}"
        # No two shops ask the same, so that one order only is right; and one price has
        # a digit more, for those that are sorted as text.
        prices = self._random.sample(range(200, 1_000), len(SHOPS) - 1)
        prices.insert(2, self._random.randrange(1_000, 2_000))
        prices[:gifts] = [0] * gifts
        # The number tells failures for one article from those for another.
        reasons = [f"{one} ({sku})" for one in self._random.sample(REASONS, failed)]
        sold = len(SHOPS) - failed - unsold
        said: list[Said] = [*prices[:sold], *reasons, *([None] * unsold)]
        shops = shops or self._random.sample(SHOPS, len(SHOPS))
        self._articles[sku] = dict(zip(shops, said, strict=True))
        if bug:
            self._bugs.update({(shop, sku): bug for shop in shops[:bugs]})
        return sku

    def page(self, sku: str) -> dict[str, Any]:
        """The page of an article, with `missing` in the order of the shops' names."""
        article = sorted(self._articles[sku].items())
        prices = sorted((said, shop) for shop, said in article if isinstance(said, int))
        reasons = [(said, shop) for shop, said in article if isinstance(said, str)]
        return {
            "offers": [{"shop": shop, "price": price} for price, shop in prices],
            "missing": [{"shop": shop, "reason": reason} for reason, shop in reasons],
            "complete": not reasons,
        }

    def has(self, row: dict[str, Any]) -> bool:
        """Whether a shop offers this for any article, or fails so."""
        pages = map(self.page, self._articles)
        return any(row in page["offers"] + page["missing"] for page in pages)


def path(sku: str) -> str:
    return f"/offers/{quote(sku)}"


def calls_for(exam: Exam, sku: str, shop: str = "") -> list[CallRecord]:
    """The calls that asked for an article: those of one shop, or of all."""
    return [
        call
        for call in exam.services.calls
        if call.arguments["sku"] == sku and shop in ("", call.arguments["shop"])
    ]

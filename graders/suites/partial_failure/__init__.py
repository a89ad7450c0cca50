"""The hidden suite of the kata `partial_failure`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, groupby
from random import Random
from typing import Any
from urllib.parse import quote

from graders.proctor import (
    Ask,
    CallRecord,
    Exam,
    Observation,
    Raises,
    Reply,
    Site,
    check,
    every_schedule,
    seconds,
)

SHOPS = ("Alpenmarkt", "Bergheim", "Castello", "Dorfladen", "Emporio")
REASONS = (
    "closed for stocktaking",
    "no connection",
    "too many requests",
    "the certificate has run out",
    "moving to a new warehouse",
)
BUGS = ("TypeError", "KeyError", "ValueError", "AttributeError", "ZeroDivisionError")
# Some look like a shop that is down, and are bugs all the same.
LOOKALIKES = ("OSError", "ConnectionError", "TimeoutError", "RuntimeError")
OTHERS = (
    *("IndexError", "LookupError", "ArithmeticError", "AssertionError"),
    *("NotImplementedError", "EOFError", "BrokenPipeError", "MemoryError"),
)
SHARED = "What do two requests share in your code, and what does one leave there?"
# What takes a bug for something else.
BROAD = ("BaseException", "Exception", *BUGS, *LOOKALIKES)
# So many pages wait for their shops while another one is asked for: all but one of the
# threads that a server has for `def` endpoints.
SLOW = 39


class Failed:
    """What a shop does that cannot answer.

    Args:
        reason: what `ShopFailed` says.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Market:
    """The world: articles whose prices and troubles are drawn anew for every check."""

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self._numbers = count(exam.random.randrange(1_000, 9_000))
        self._articles: dict[str, dict[str, int | Failed | None]] = {}
        self._bugs: dict[tuple[str, str], str] = {}
        exam.services.ask_shop.answers(self._answer)

    def _answer(self, shop: str, sku: str) -> int | None:
        bug = self._bugs.get((shop, sku))
        if bug is not None:
            raise Raises(bug, "price")
        said = self._articles.get(sku, {}).get(shop)
        if isinstance(said, Failed):
            raise Raises("ShopFailed", said.reason)
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
        said: list[int | Failed | None] = [*prices]
        said[:gifts] = [0] * gifts
        troubles: list[int | Failed | None] = [
            # The number tells failures for one article from those for another.
            *(
                Failed(f"{reason} ({sku})")
                for reason in self._random.sample(REASONS, failed)
            ),
            *([None] * unsold),
        ]
        said[len(said) - len(troubles) :] = troubles
        shops = shops or self._random.sample(SHOPS, len(SHOPS))
        self._articles[sku] = dict(zip(shops, said, strict=True))
        if bug:
            self._bugs.update({(shop, sku): bug for shop in shops[:bugs]})
        return sku

    def page(self, sku: str) -> dict[str, Any]:
        """The page of an article, with `missing` in the order of the shops' names."""
        article = sorted(self._articles[sku].items())
        prices = [(said, shop) for shop, said in article if isinstance(said, int)]
        missing = [
            {"shop": shop, "reason": said.reason}
            for shop, said in article
            if isinstance(said, Failed)
        ]
        return {
            "offers": [{"shop": shop, "price": said} for said, shop in sorted(prices)],
            "missing": missing,
            "complete": not missing,
        }

    def has(self, row: dict[str, Any]) -> bool:
        """Whether a shop offers this for any article, or fails so."""
        pages = map(self.page, self._articles)
        return any(row in page["offers"] + page["missing"] for page in pages)


def path(sku: str) -> str:
    return f"/offers/{quote(sku)}"


def expect_page(
    exam: Exam, reply: Reply, market: Market, sku: str, *, advice: str = ""
) -> None:
    """The reply is the article's page, whatever the order of `missing`."""
    answer = exam.answer(reply.run)
    decided = exam.code.condition(answer) if answer is not None else None
    exam.expect(
        reply.status != 503 or decided is None,
        f"{reply.request} answers 200",
        "503",
        advice=advice,
        site=decided,
    )
    exam.expect_status(reply, 200, advice=advice)
    body = exam.json_of(reply)
    prices: list[Any] = [offer.get("price") for offer in _rows(body, "offers")]
    if all(isinstance(price, int) for price in prices):
        exam.expect(
            prices == sorted(prices),
            f"{reply.request}: the offers with the cheapest first",
            f"prices of {', '.join(map(str, prices))}",
            site=exam.answer(reply.run, "offers"),
            advice="Which value are the offers sorted by, and as what?",
        )
    expected = market.page(sku)
    # The brief leaves the order open: take it over from the reply.
    shops = [gap.get("shop") for gap in _rows(body, "missing")]
    expected["missing"].sort(
        key=lambda gap: shops.index(gap["shop"]) if gap["shop"] in shops else len(shops)
    )
    if body != expected:
        expect_heard(exam, reply, sku)
        expect_offers(exam, reply, market, expected["offers"])
        expect_missing(exam, reply, market, expected["missing"])
    exam.expect_json(reply, expected)


def expect_heard(exam: Exam, reply: Reply, sku: str) -> None:
    """Every shop has been asked for the article, and has answered or failed."""
    asked = [call for call in exam.services.calls if call.arguments["sku"] == sku]
    for shop in SHOPS:
        calls = [call for call in asked if call.arguments["shop"] == shop]
        exam.expect(
            bool(calls),
            f"{shop} is asked for {reply.request}",
            "it was not asked",
            site=asked[-1].outermost if asked else exam.answer(reply.run),
            advice="Which shops are there, and which of them does your code ask?",
            timeline=exam.services.calls,
        )
        exam.expect(
            any(call.outcome in ("answered", "failed") for call in calls),
            f"{shop} has answered or failed when {reply.request} is answered",
            f"its call was {calls[-1].outcome or 'still in flight'}",
            site=giving_up(exam, calls[-1]),
            advice="A shop that fails is no reason to stop listening to the others. "
            "What do you wait for?",
            timeline=exam.services.calls,
        )


def giving_up(exam: Exam, call: CallRecord) -> Site | None:
    """The line that ends a call early, where one does; else the one that led to it."""
    ending = exam.code.calls("cancel", "timeout", "wait_for", "fail_after")
    return [*(ending if call.outcome == "cancelled" else []), call.outermost][0]


def expect_offers(
    exam: Exam, reply: Reply, market: Market, offers: list[dict[str, Any]]
) -> None:
    """On a page that is wrong, no price is another's, and no gift is left out."""
    rows = _rows(exam.json_of(reply), "offers")
    for row in [row for row in rows if row not in offers]:
        shop, price = str(row.get("shop"))[:80], row.get("price")
        if market.has(row):
            exam.fail(
                f"{reply.request}: what the shops ask for this article",
                f"{shop} asks {price} for another one",
                site=[*exam.code.shared(), exam.answer(reply.run)][0],
                advice=SHARED,
            )
        owners = [offer["shop"] for offer in offers if offer["price"] == price]
        if owners and row.get("shop") not in owners:
            exam.fail(
                f"{reply.request}: each price beside the shop that asks it",
                f"{shop} with the price of {owners[0]}",
                site=[*exam.code.calls("zip"), exam.answer(reply.run)][0],
                advice="How does your code know whose result each of them is, also "
                "when some are left out?",
            )
    shops = [row.get("shop") for row in rows]
    exam.expect(
        all(offer["shop"] in shops for offer in offers if not offer["price"]),
        f"{reply.request}: the offer of the shop that gives it away",
        "it is missing",
        site=[*exam.code.truth_tests(), exam.answer(reply.run)][0],
        advice="What does `if price:` say of 0?",
    )


def expect_missing(
    exam: Exam, reply: Reply, market: Market, gaps: list[dict[str, Any]]
) -> None:
    """On a page that is wrong, those are missing that failed, with what they said."""
    reasons = {gap["shop"]: gap["reason"] for gap in gaps}
    rows = _rows(exam.json_of(reply), "missing")
    for row in [row for row in rows if row not in gaps and row.get("shop") in SHOPS]:
        shop, reason = row["shop"], str(row.get("reason"))
        exam.expect(
            not market.has(row),
            f"{reply.request}: the shops that failed for this article",
            f"{shop} is missing, which failed for another one",
            site=[*exam.code.shared(), exam.answer(reply.run)][0],
            advice=SHARED,
        )
        exam.expect(
            shop in reasons,
            f"{reply.request}: nobody is missing who has answered",
            f"{shop} is, with the reason {reason[:80]!r}",
            # Where nobody has failed, such a reason is the code's own words.
            site=[*exam.code.texts(reason), exam.answer(reply.run)][0],
            advice="None is an answer: the shop was asked, and does not sell the "
            "article.",
        )
        exam.expect(
            reasons[shop] == reason,
            f"{reply.request}: the reason that the shop's failure tells",
            f"{reason[:80]!r}",
            site=[*exam.code.gives("reason"), exam.answer(reply.run)][0],
            advice="What does the failure say of itself, and what of it do you show?",
        )


def taking_for_a_shop(exam: Exam) -> list[Site]:
    """The lines that take a bug for a shop's failure, or that ask for this only."""
    asking = exam.code.calls("isinstance")
    broad = [site for site in asking if site in exam.code.mentions(*BROAD)]
    return exam.code.handlers(*BROAD) + broad + asking


def _rows(body: Any, key: str) -> list[dict[str, Any]]:
    """The objects of a list in a reply's body, as far as there may be any."""
    rows = body.get(key) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return []
    return [row for row in rows[: 2 * len(SHOPS)] if isinstance(row, dict)]


async def get_page(exam: Exam, market: Market, sku: str) -> None:
    """Ask for the page of an article whose troubles the check's hint is about."""
    reply = await exam.get(path(sku))
    expect_page(exam, reply, market, sku, advice=exam.hint)


@check(
    "errors",
    points=1,
    hint="Put each price beside the shop that asked it, and sort by the price.",
)
async def test_the_offers_are_shown_cheapest_first(exam: Exam) -> None:
    """The offers of all shops are shown, the cheapest first."""
    market = Market(exam)

    for _ in range(3):
        sku = market.article()
        expect_page(exam, await exam.get(path(sku)), market, sku)


@check(
    "errors",
    points=3,
    hint="Look at every result by itself: is it a price or a failure, and whose is it?",
)
async def test_shops_that_fail_are_named_and_the_others_shown(exam: Exam) -> None:
    """Shops that fail are named with their reasons, and the others' offers shown."""
    market = Market(exam)

    for failed in exam.random.sample(range(1, 5), 4):
        await get_page(exam, market, market.article(failed=failed))


@check(
    "errors",
    points=2,
    hint="None is an answer: the shop was asked, and does not sell the article.",
)
async def test_a_shop_that_does_not_sell_it_is_not_missing(exam: Exam) -> None:
    """A shop that does not sell the article is no offer, and is not missing."""
    market = Market(exam)

    # Last, one that most shops failed to answer for.
    for failed, unsold in ((0, 2), (0, 5), (4, 1)):
        await get_page(exam, market, market.article(failed=failed, unsold=unsold))


@check(
    "errors",
    points=1,
    hint="What does `if price:` say of 0?",
)
async def test_a_gift_is_an_offer(exam: Exam) -> None:
    """A shop that gives the article away has an offer too."""
    market = Market(exam)

    for _ in range(2):
        await get_page(exam, market, market.article(gifts=1))


@check(
    "errors",
    points=2,
    hint="When nobody could answer, there is nothing to show. How many shops failed?",
    guard=True,
)
async def test_when_all_shops_fail_there_is_no_page(exam: Exam) -> None:
    """When all five shops fail, the answer is a 503."""
    market = Market(exam)

    reply = await exam.get(path(market.article(failed=5)))

    exam.expect_status(reply, 503)


@check(
    "errors",
    points=2,
    hint="Which exception says that a shop failed? All others are ours, and nobody "
    "will look for a bug that the page calls a missing shop.",
    guard=True,
)
async def test_a_bug_of_our_own_is_500(exam: Exam) -> None:
    """A bug of our own is a 500, not a missing shop, whatever the others do."""
    market = Market(exam)

    every = BUGS + LOOKALIKES + OTHERS
    for bug in exam.random.sample(every, len(every)):
        reply = await exam.get(path(market.article(bug=bug)))

        if reply.status == 200:
            site = [*taking_for_a_shop(exam), exam.answer(reply.run)][0]
            exam.fail(f"{reply.request} answers 500", "200", site=site)
        exam.expect_status(reply, 500)

    # All others fail: nobody has an offer, and yet it is no 503. They fail before the
    # bug shows, or after it, for those who read one result after another in any order.
    # Or a second bug shows before it, or at the same moment.
    bug = exam.random.choice(BUGS)
    for shops, bugs, delay in (
        (SHOPS[::-1], 1, 2),
        (SHOPS[::-1], 1, 0.5),
        (SHOPS, 1, 0.5),
        (SHOPS, 2, 2),
        (SHOPS, 2, 1),
    ):
        exam.services.ask_shop.takes(
            lambda shop, sku, shops=shops, delay=delay: delay if shop == shops[0] else 1
        )
        sku = market.article(shops, failed=len(SHOPS) - bugs, bug=bug, bugs=bugs)
        reply = await exam.get(path(sku))

        if reply.status != 500:
            expect_heard(exam, reply, sku)
        exam.expect_status(reply, 500)
        # An error that nobody looks at is found when the check is over.
        await exam.settle()


@check(
    "errors",
    points=1,
    hint=SHARED,
)
async def test_every_page_shows_its_own_article(exam: Exam) -> None:
    """Every page shows its own article, also when two are asked for at once."""
    market = Market(exam)
    exam.services.ask_shop.takes(1)
    skus = [market.article() for _ in range(3)]

    # Two at once and one afterwards.
    replies = await asyncio.gather(*(exam.get(path(sku)) for sku in skus[:2]))
    replies.append(await exam.get(path(skus[2])))

    for sku, reply in zip(skus, replies, strict=True):
        expect_page(exam, reply, market, sku)
    await expect_own_failures(exam, market)


async def expect_own_failures(exam: Exam, market: Market) -> None:
    """Two pages on which other shops are missing are as each of them is alone.

    Whether they are right is what other checks are about.
    """
    shops = exam.random.sample(SHOPS, len(SHOPS))
    skus = [market.article(shops[first:] + shops[:first], failed=2) for first in (0, 2)]
    alone = [await exam.get(path(sku)) for sku in skus]
    together = await asyncio.gather(*(exam.get(path(sku)) for sku in skus))
    for sku, first, reply in zip(skus, alone, together, strict=True):
        if told(exam, first) != told(exam, reply):
            expect_missing(exam, reply, market, market.page(sku)["missing"])
            exam.fail(
                f"{reply.request}: the same page as when nobody else asks",
                "another one",
                site=[*exam.code.shared(), exam.answer(reply.run)][0],
            )


def told(exam: Exam, reply: Reply) -> Any:
    """What a reply says, whatever the order of `missing`."""
    if reply.status != 200:
        return reply.status
    body = exam.json_of(reply)
    rows = sorted(_rows(body, "missing"), key=str)
    return {**body, "missing": rows} if rows else body


@check(
    "concurrency",
    points=2,
    hint="Let all five begin before you wait for the first.",
    guard=True,
)
async def test_the_page_takes_as_long_as_its_slowest_shop(exam: Exam) -> None:
    """The page takes as long as its slowest shop, also when some fail."""
    market = Market(exam)
    seconds = dict(zip(SHOPS, exam.random.sample((1, 1.5, 2, 2.5, 3), 5), strict=True))
    exam.services.ask_shop.takes(lambda shop, sku: seconds[shop])

    for failed in (0, 3):
        begun = len(exam.services.calls)
        reply = await exam.get(path(market.article(failed=failed)))

        exam.expect_status(reply, 200)
        # A page that comes too soon has left a shop out; another check says which.
        if reply.took > 3:
            exam.expect_took(reply, 3, calls=exam.services.calls[begun:])


@check(
    "concurrency",
    points=1,
    hint="What do two requests share in your code, and must one of them wait for it?",
)
async def test_pages_do_not_wait_for_one_another(exam: Exam) -> None:
    """A page does not wait for others whose shops are slow."""
    market = Market(exam)
    slow, quick = [market.article() for _ in range(SLOW)], market.article()
    exam.services.ask_shop.takes(lambda shop, sku: 1 if sku == quick else 20)

    exchanges = [exam.start("GET", path(sku)) for sku in slow]
    reply = await exam.get(path(quick))
    ended = any(exchange.ended is not None for exchange in exchanges)

    exam.expect_status(reply, 200)
    # One call of each page is enough to draw.
    last = {call.arguments["sku"]: call for call in exam.services.calls}
    exam.expect(
        not ended,
        f"{reply.request} is answered while {SLOW} others wait for their shops",
        "it was answered only afterwards",
        site=exam.cause_of_delay(reply, exam.services.calls),
        timeline=last.values(),
    )


@check(
    "awaits",
    points=2,
    hint="A shop that fails is no reason to stop listening to the others, nor to ask "
    "anybody again.",
)
async def test_every_shop_has_been_heard_before_the_page_is_sent(exam: Exam) -> None:
    """Each shop is asked once, and has answered or failed before the page is sent."""
    market = Market(exam)
    sku = market.article(failed=2, unsold=1)
    # One of them is very slow.
    seconds = dict(zip(SHOPS, exam.random.sample((1, 2, 3, 4, 90), 5), strict=True))
    exam.services.ask_shop.takes(lambda shop, sku: seconds[shop])

    reply = await exam.get(path(sku))

    expect_heard(exam, reply, sku)
    exam.expect_status(reply, 200)
    for shop in SHOPS:
        expect_asked_once(exam, shop, sku)
    # Where a bug shows, nobody is asked again, either.
    for bug in ("TimeoutError", "ConnectionError", "TypeError"):
        sku = market.article(SHOPS, bug=bug)
        await exam.get(path(sku))
        expect_asked_once(exam, SHOPS[0], sku)


def expect_asked_once(exam: Exam, shop: str, sku: str) -> None:
    """One call of a shop is enough for the page of an article."""
    asked = {"shop": shop, "sku": sku}
    calls = [call for call in exam.services.calls if call.arguments == asked]
    exam.expect(
        len(calls) < 2,
        f"{shop} is asked once for the page",
        f"{len(calls)} calls",
        site=calls[-1].site if calls else None,
        timeline=exam.services.calls,
    )


# --- whatever the schedule ------------------------------------------------------------


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


def pages(draw: Random) -> tuple[Page, ...]:
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
            # That others are bugs as well is checked above.
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


def even_offers(ask: Ask, reply: Reply) -> Any:
    """A page with `missing`, and offers of the same price, in the order of names."""
    if reply.status != 200:
        return None
    body = reply.json()
    if not isinstance(body, dict):
        return body
    offers, missing = _rows(body, "offers"), _rows(body, "missing")
    runs = [list(run) for _, run in groupby(offers, lambda row: row.get("price"))]
    ordered = {
        "offers": [row for run in runs for row in sorted(run, key=str)],
        "missing": sorted(missing, key=str),
    }
    whole = {"offers": len(offers), "missing": len(missing)}
    return {
        key: ordered[key]
        if key in ordered and isinstance(value, list) and len(value) == whole[key]
        else value
        for key, value in body.items()
    }


@every_schedule(
    "errors",
    points=2,
    hint=SHARED,
    plans=pages,
    count=24,
    free=("ways of errors",),
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
                return _said(stand)
        return None

    exam.services.ask_shop.takes(takes).answers(says)
    return await exam.carry_out(
        [Ask("GET", path(one.sku), one.at) for one in plan], view=even_offers
    )


def _said(stand: Stand) -> int | None:
    if stand.fault:
        raise Raises(stand.fault, *stand.says)
    return stand.price

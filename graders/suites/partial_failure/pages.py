"""What a page shows: offers, the cheapest first, and the shops that failed."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.partial_failure.expectations import expect_page
from graders.suites.partial_failure.world import Market, path


async def _get_page(exam: Exam, market: Market, sku: str) -> None:
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
        await _get_page(exam, market, market.article(failed=failed))


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
        await _get_page(exam, market, market.article(failed=failed, unsold=unsold))


@check(
    "errors",
    points=1,
    hint="What does `if price:` say of 0?",
)
async def test_a_gift_is_an_offer(exam: Exam) -> None:
    """A shop that gives the article away has an offer too."""
    market = Market(exam)

    for _ in range(2):
        await _get_page(exam, market, market.article(gifts=1))

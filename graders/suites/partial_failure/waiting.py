"""For whom a page waits: for all of its shops, each asked once, and for nobody else."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.partial_failure.expectations import expect_heard
from graders.suites.partial_failure.world import SHOPS, Market, calls_for, path

# So many pages wait for their shops while another one is asked for: all but one of the
# threads that a server has for `def` endpoints.
_SLOW = 39


@check(
    "concurrency",
    points=2,
    hint="Let all five begin before you wait for the first.",
    guard=True,
)
async def test_the_page_takes_as_long_as_its_slowest_shop(exam: Exam) -> None:
    """The page takes as long as its slowest shop, also when some fail."""
    market = Market(exam)
    _take_in_some_order(exam, (1, 1.5, 2, 2.5, 3))

    for failed in (0, 3):
        begun = len(exam.services.calls)
        reply = await exam.get(path(market.article(failed=failed)))

        exam.expect_status(reply, 200)
        # A page that comes too soon has left a shop out; another check says which.
        if reply.took > 3:
            slowest = exam.services.calls[begun:]
            exam.expect_took(reply, 3, calls=slowest)  # not stated: of these shops


@check(
    "concurrency",
    points=1,
    hint="What do two requests share in your code, and must one of them wait for it?",
)
async def test_pages_do_not_wait_for_one_another(exam: Exam) -> None:
    """A page does not wait for others whose shops are slow."""
    market = Market(exam)
    slow, quick = [market.article() for _ in range(_SLOW)], market.article()
    exam.services.ask_shop.takes(lambda shop, sku: 1 if sku == quick else 20)

    exchanges = [exam.start("GET", path(sku)) for sku in slow]
    reply = await exam.get(path(quick))
    ended = any(exchange.ended is not None for exchange in exchanges)

    exam.expect_status(reply, 200)
    # One call of each page is enough to draw.
    last = {call.arguments["sku"]: call for call in exam.services.calls}
    exam.expect(
        not ended,
        f"{reply.request} is answered while {_SLOW} others wait for their shops",
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
    _take_in_some_order(exam, (1, 2, 3, 4, 90))

    reply = await exam.get(path(sku))

    expect_heard(exam, reply, sku)
    exam.expect_status(reply, 200)
    for shop in SHOPS:
        _expect_asked_once(exam, shop, sku)
    # Where a bug shows, nobody is asked again, either.
    for bug in ("TimeoutError", "ConnectionError", "TypeError"):
        sku = market.article(SHOPS, bug=bug)
        await exam.get(path(sku))
        _expect_asked_once(exam, SHOPS[0], sku)


def _take_in_some_order(exam: Exam, seconds: tuple[float, ...]) -> None:
    """Each shop takes one of these times, whatever the article."""
    drawn = exam.random.sample(seconds, len(SHOPS))
    takes = dict(zip(SHOPS, drawn, strict=True))
    exam.services.ask_shop.takes(lambda shop, sku: takes[shop])


def _expect_asked_once(exam: Exam, shop: str, sku: str) -> None:
    """One call of a shop is enough for the page of an article."""
    calls = calls_for(exam, sku, shop)
    exam.expect(
        len(calls) < 2,
        f"{shop} is asked once for the page",
        f"{len(calls)} calls",
        site=calls[-1:],
        timeline=exam.services.calls,
    )

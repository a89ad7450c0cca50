"""What is no page: a 503 when all shops fail, and a 500 for a bug of our own."""

from __future__ import annotations

from graders.proctor import Exam, Site, check
from graders.suites.partial_failure.expectations import expect_heard
from graders.suites.partial_failure.world import BUGS, SHOPS, Market, path

# Some look like a shop that is down, and are bugs all the same.
_LOOKALIKES = ("OSError", "ConnectionError", "TimeoutError", "RuntimeError")
_OTHERS = (
    *("IndexError", "LookupError", "ArithmeticError", "AssertionError"),
    *("NotImplementedError", "EOFError", "BrokenPipeError", "MemoryError"),
)
# What takes a bug for something else.
_BROAD = ("BaseException", "Exception", *BUGS, *_LOOKALIKES)


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

    every = BUGS + _LOOKALIKES + _OTHERS
    for bug in exam.random.sample(every, len(every)):
        reply = await exam.get(path(market.article(bug=bug)))

        if reply.status == 200:
            site = [*_taking_for_a_shop(exam), exam.answer(reply.run)]
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


def _taking_for_a_shop(exam: Exam) -> list[Site]:
    """The lines that take a bug for a shop's failure, or that ask for this only."""
    asking = exam.code.calls("isinstance")
    broad = [site for site in asking if site in exam.code.mentions(*_BROAD)]
    return exam.code.handlers(*_BROAD) + broad + asking

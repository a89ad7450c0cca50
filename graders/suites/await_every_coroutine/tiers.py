"""The tier and the balance that an answer shows."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.await_every_coroutine.expectations import expect_shown
from graders.suites.await_every_coroutine.world import Shop, credited, path, slowest


@check(
    "awaits",
    points=3,
    hint="What do you test for truth here: an answer, or something that could become "
    "one?",
)
async def test_the_tier_is_what_the_programme_answered(exam: Exam) -> None:
    """After a credit, the tier is what the bonus programme answered."""
    shop = Shop(exam)
    for member in _of_both_tiers(exam, shop):
        reply = await credited(exam, member, shop.credit())

        expect_shown(exam, reply, shop.shown(member))


@check(
    "awaits",
    points=1,
    hint="Every value in the answer comes from a call. Has each of them been awaited?",
)
async def test_a_member_is_shown_with_balance_and_tier(exam: Exam) -> None:
    """A member is shown with the balance and the tier that the services answered."""
    shop = Shop(exam)
    for member in _of_both_tiers(exam, shop):
        reply = await exam.get(path(member))

        expect_shown(exam, reply, shop.shown(member))


def _of_both_tiers(exam: Exam, shop: Shop) -> list[int]:
    """A basic and a gold member, in any order; their tiers are the last to be known."""
    members = shop.basic(), shop.enrol(exam.random.randrange(1_000, 5_000))
    slowest(exam, "earns_gold")
    return exam.random.sample(members, 2)


@check(
    "errors",
    points=1,
    hint="The balance changes with the credit. Which balance decides on the tier?",
)
async def test_the_credit_that_makes_a_gold_member_shows_it(exam: Exam) -> None:
    """The credit that takes a member over the border shows gold, and not before."""
    shop = Shop(exam)
    member = shop.enrol(shop.gold - 12)

    for points in (11, 1, 1):
        reply = await credited(exam, member, points)

        expect_shown(exam, reply, shop.shown(member))
    reply = await exam.get(path(member))

    expect_shown(exam, reply, shop.shown(member))

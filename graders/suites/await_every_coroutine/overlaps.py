"""Credits at the same time, and credits of others."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, Reply, check
from graders.suites.await_every_coroutine.expectations import expect_shown
from graders.suites.await_every_coroutine.world import (
    SERVICES,
    Shop,
    credited,
    path,
    slowest,
)


@check(
    "errors",
    points=1,
    hint="While one request waits, others run through the same lines. Which of your "
    "variables do they share?",
)
async def test_credits_at_the_same_time_are_not_mixed_up(exam: Exam) -> None:
    """Several members at the same time each get their own points, and are shown."""
    shop = Shop(exam)
    members = [shop.basic() for _ in range(3)]
    slowest(exam, exam.random.choice(SERVICES))

    replies = await asyncio.gather(
        *(credited(exam, member, shop.credit()) for member in members)
    )

    replies += await asyncio.gather(*(exam.get(path(member)) for member in members))

    for member, reply in zip(members * 2, replies, strict=True):
        exam.expect_status(reply, 200)
        _expect_own(exam, shop, reply, member)
        expect_shown(exam, reply, shop.shown(member))


def _expect_own(exam: Exam, shop: Shop, reply: Reply, member: int) -> None:
    """The reply shows nothing of another member, kept in what all requests share."""
    foreign, shared = shop.foreign(exam.json_of(reply), member), exam.code.shared()
    if foreign and shared:
        exam.fail(
            f"{reply.request} shows the member of its own request",
            f"`{foreign[0]}` is that of another one",
            site=shared[-1],
        )


@check(
    "errors",
    points=1,
    hint="While you wait, others add points to the same account. Who knows the balance "
    "that your credit made?",
)
async def test_the_balance_shown_is_the_one_add_points_returned(exam: Exam) -> None:
    """The balance shown is the one that `add_points` returned, and no other."""
    shop = Shop(exam)
    member, points = shop.enrol(shop.gold - 100), exam.random.randrange(11, 29)
    shop.others = exam.random.randrange(90, 99)
    balance = shop.gold - 100 + shop.others + points
    expected = {**shop.shown(member), "points": balance, "tier": "gold"}

    reply = await credited(exam, member, points)

    exam.expect_status(reply, 200)
    exam.expect_json(reply, expected, source="the service")

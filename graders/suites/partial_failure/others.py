"""Every page is as it would be if nobody else asked for one."""

from __future__ import annotations

import asyncio
from typing import Any

from graders.proctor import Exam, Reply, check
from graders.suites.partial_failure.expectations import (
    SHARED,
    expect_missing,
    expect_page,
    rows_of,
)
from graders.suites.partial_failure.world import SHOPS, Market, path


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
    await _expect_own_failures(exam, market)


async def _expect_own_failures(exam: Exam, market: Market) -> None:
    """Two pages on which other shops are missing are as each of them is alone.

    Whether they are right is what other checks are about.
    """
    shops = exam.random.sample(SHOPS, len(SHOPS))
    skus = [market.article(shops[first:] + shops[:first], failed=2) for first in (0, 2)]
    alone = [await exam.get(path(sku)) for sku in skus]
    together = await asyncio.gather(*(exam.get(path(sku)) for sku in skus))
    for sku, first, reply in zip(skus, alone, together, strict=True):
        if _told(exam, first) != _told(exam, reply):
            expect_missing(exam, reply, market, market.page(sku)["missing"])
            exam.fail(
                f"{reply.request}: the same page as when nobody else asks",
                "another one",
                site=[*exam.code.shared(), exam.answer(reply.run)],
            )


def _told(exam: Exam, reply: Reply) -> Any:
    """What a reply says, whatever the order of `missing`."""
    if reply.status != 200:
        return reply.status
    body = exam.json_of(reply)
    rows = sorted(rows_of(body, "missing"), key=str)
    return {**body, "missing": rows} if rows else body

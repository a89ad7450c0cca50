"""What the services say of the same member changes between two requests."""

from __future__ import annotations

from graders.proctor import Exam, Reply, Site, check
from graders.suites.await_every_coroutine.expectations import expect_shown
from graders.suites.await_every_coroutine.world import NAMES, Shop, credited, path

_REMEMBERED = "The services said something else before. What do you remember of that?"


@check(
    "errors",
    points=1,
    hint="Which of your variables outlive a request? What is in them may be true no "
    "more when the next one comes.",
)
async def test_what_was_answered_holds_for_one_request(exam: Exam) -> None:
    """Each request asks anew: names, tiers and members change between two of them."""
    shop = Shop(exam)
    number, points = shop.nobody(), shop.credit()
    balance = exam.random.randrange(50, 400)

    # Balance and credit are the same every time, what makes a member gold is not.
    borders = balance + points + 1, balance, balance + points + 1
    for gold, name in zip(borders, exam.random.sample(NAMES, 3), strict=True):
        shop.gold = gold
        shop.enrol(balance, number, name)
        _expect_news(exam, await exam.get(path(number)), shop, number)
        _expect_news(exam, await credited(exam, number, points), shop, number)
        shop.leave(number)

        before = len(exam.calls.records)
        for reply in (
            await exam.get(path(number)),
            await credited(exam, number, points),
        ):
            exam.expect(
                reply.status == 404,
                f"{reply.request} answers 404 when the member has left",
                f"{reply.status}",
                advice=_REMEMBERED,
                site=_remembered_at(exam, reply),
            )
        late = exam.calls.records[before:]
        for call in late:
            exam.expect(
                call.name == "find_member",
                "nothing is written or added for a member who has left",
                f"{call.name} was called",
                advice=_REMEMBERED,
                site=call.site,
                timeline=late,
            )


def _expect_news(exam: Exam, reply: Reply, shop: Shop, number: int) -> None:
    """The reply shows a member as the services answer by now."""
    exam.expect_status(reply, 200)
    member, shown = shop.shown(number), exam.json_of(reply)
    old = [
        key
        for key in ("name", "tier", "points")
        if isinstance(shown, dict) and shown.get(key) != member[key]
    ]
    shared = exam.code.shared()
    if old and shared:
        exam.fail(
            f"{reply.request} shows the `{old[0]}` that the services answer by now",
            f"{str(shown.get(old[0]))[:80]}",
            advice=_REMEMBERED,
            site=_remembered_at(exam, reply),
        )
    expect_shown(exam, reply, member)


def _remembered_at(exam: Exam, reply: Reply) -> Site | None:
    """The last line that writes into what requests share, or the answer."""
    writes = exam.code.writes_shared() or exam.code.shared()
    return [exam.answer(reply.run), *writes][-1]

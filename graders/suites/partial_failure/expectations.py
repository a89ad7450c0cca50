"""What is expected of every page: whom it asked, its offers, and who is missing."""

from __future__ import annotations

from typing import Any

from graders.proctor import CallRecord, Exam, Reply, Site
from graders.suites.partial_failure.world import SHOPS, Market, calls_for

SHARED = "What do two requests share in your code, and what does one leave there?"


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
    prices: list[Any] = [offer.get("price") for offer in rows_of(body, "offers")]
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
    shops = [gap.get("shop") for gap in rows_of(body, "missing")]
    expected["missing"].sort(
        key=lambda gap: shops.index(gap["shop"]) if gap["shop"] in shops else len(shops)
    )
    if body != expected:
        expect_heard(exam, reply, sku)
        _expect_offers(exam, reply, market, expected["offers"])
        expect_missing(exam, reply, market, expected["missing"])
    exam.expect_json(reply, expected)


def expect_heard(exam: Exam, reply: Reply, sku: str) -> None:
    """Every shop has been asked for the article, and has answered or failed."""
    asked = calls_for(exam, sku)
    for shop in SHOPS:
        calls = calls_for(exam, sku, shop)
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
            site=_giving_up(exam, calls[-1]),
            advice="A shop that fails is no reason to stop listening to the others. "
            "What do you wait for?",
            timeline=exam.services.calls,
        )


def _giving_up(exam: Exam, call: CallRecord) -> Site | None:
    """The line that ends a call early, where one does; else the one that led to it."""
    ending = exam.code.calls("cancel", "timeout", "wait_for", "fail_after")
    return [*(ending if call.outcome == "cancelled" else []), call.outermost][0]


def _expect_offers(
    exam: Exam, reply: Reply, market: Market, offers: list[dict[str, Any]]
) -> None:
    """On a page that is wrong, no price is another's, and no gift is left out."""
    rows = rows_of(exam.json_of(reply), "offers")
    for row in [row for row in rows if row not in offers]:
        shop, price = str(row.get("shop"))[:80], row.get("price")
        if market.has(row):
            exam.fail(
                f"{reply.request}: what the shops ask for this article",
                f"{shop} asks {price} for another one",
                site=[*exam.code.shared(), exam.answer(reply.run)],
                advice=SHARED,
            )
        owners = [offer["shop"] for offer in offers if offer["price"] == price]
        if owners and row.get("shop") not in owners:
            exam.fail(
                f"{reply.request}: each price beside the shop that asks it",
                f"{shop} with the price of {owners[0]}",
                site=[*exam.code.calls("zip"), exam.answer(reply.run)],
                advice="How does your code know whose result each of them is, also "
                "when some are left out?",
            )
    shops = [row.get("shop") for row in rows]
    exam.expect(
        all(offer["shop"] in shops for offer in offers if not offer["price"]),
        f"{reply.request}: the offer of the shop that gives it away",
        "it is missing",
        site=[*exam.code.truth_tests(), exam.answer(reply.run)],
        advice="What does `if price:` say of 0?",
    )


def expect_missing(
    exam: Exam, reply: Reply, market: Market, gaps: list[dict[str, Any]]
) -> None:
    """On a page that is wrong, those are missing that failed, with what they said."""
    reasons = {gap["shop"]: gap["reason"] for gap in gaps}
    rows = rows_of(exam.json_of(reply), "missing")
    for row in [row for row in rows if row not in gaps and row.get("shop") in SHOPS]:
        shop, reason = row["shop"], str(row.get("reason"))
        exam.expect(
            not market.has(row),
            f"{reply.request}: the shops that failed for this article",
            f"{shop} is missing, which failed for another one",
            site=[*exam.code.shared(), exam.answer(reply.run)],
            advice=SHARED,
        )
        exam.expect(
            shop in reasons,
            f"{reply.request}: nobody is missing who has answered",
            f"{shop} is, with the reason {reason[:80]!r}",
            # Where nobody has failed, such a reason is the code's own words.
            site=[*exam.code.texts(reason), exam.answer(reply.run)],
            advice="None is an answer: the shop was asked, and does not sell the "
            "article.",
        )
        exam.expect(
            reasons[shop] == reason,
            f"{reply.request}: the reason that the shop's failure tells",
            f"{reason[:80]!r}",
            site=[*exam.code.gives("reason"), exam.answer(reply.run)],
            advice="What does the failure say of itself, and what of it do you show?",
        )


def rows_of(body: Any, key: str) -> list[dict[str, Any]]:
    """The objects of a list in a reply's body, as far as there may be any."""
    rows = body.get(key) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return []
    return [row for row in rows[: 2 * len(SHOPS)] if isinstance(row, dict)]

"""Whatever the day: each order has its own answer, and the metrics tell the truth."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from graders.proctor import (
    FREEDOMS,
    Ask,
    Exam,
    Observation,
    Raises,
    Reply,
    every_schedule,
)
from graders.suites.measure_durations.expectations import (
    NUMBERS,
    expect_metrics,
    expect_told,
)
from graders.suites.measure_durations.plans import Day, Goods, drawn_day
from graders.suites.measure_durations.world import STEPS, service_of

_ALL_NUMBERS = (*NUMBERS, "in_progress")


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two calls of a step share, while both are running?",
    plans=drawn_day,
    # How soon a 502 comes, and what becomes of the step beside, is open.
    free=FREEDOMS,
    stops=True,
)
async def test_the_metrics_say_what_happened_on_any_day(
    exam: Exam, plan: Day
) -> Observation:
    """Each order has its own answer, on time, and the metrics say what happened"""
    _behave(exam, plan)
    placed = [(goods, one) for goods in plan.goods for one in goods.placings]
    if plan.set_at is not None:
        by = exam.random.choice((-1, 1)) * 900.0
        asyncio.get_running_loop().call_later(plan.set_at, exam.move_date, by)
    orders = [
        Ask("POST", "/orders", one.at, json=_order(goods), cancelled=one.cancelled)
        for goods, one in placed
    ]
    reads = [Ask("GET", "/metrics", at) for at in plan.reads]
    seen = await exam.carry_out([*orders, *reads])
    for reply in seen.replies[len(orders) :]:
        assert reply is not None
        _expect_metrics_then(exam, reply)
    for (goods, placing), reply in zip(placed, seen.replies, strict=False):
        if placing.cancelled is None:
            assert reply is not None
            _expect_order(exam, goods, reply)
    await expect_metrics(exam, "after these orders", *_ALL_NUMBERS)
    return seen


def _order(goods: Goods) -> dict[str, Any]:
    return {"sku": goods.sku, "quantity": goods.quantity}


def _behave(exam: Exam, day: Day) -> None:
    """Each step does for each order what the day has for it."""
    plans = {(goods.sku, goods.quantity): goods for goods in day.goods}
    nothing = Goods("", 0, 0, 0, 0, ())
    for step in STEPS:

        def answer(sku: str, quantity: int, step: str = step) -> Any:
            own = plans.get((sku, quantity), nothing)
            if step in own.failing:
                raise Raises(own.error, "not today")
            return _result(step, sku, quantity)

        service_of(exam, step).answers(answer).takes(
            lambda sku, quantity, step=step: getattr(
                plans.get((sku, quantity), nothing), step
            )
        )


def _result(step: str, sku: str, quantity: int) -> Any:
    """What a step returns; other orders have other results."""
    cents = 1_000 * quantity + sum(map(ord, sku)) % 1_000
    return {"validate": None, "price": cents, "reserve": f"R-{sku}-{quantity}"}[step]


def _expect_metrics_then(exam: Exam, reply: Reply) -> None:
    """The metrics were right at that moment, unless something happened just then."""
    at, calls = reply.began, exam.services.calls
    if any(at in (call.began, call.ended) for call in calls):
        return
    happened = [
        call
        if call.ended is not None and call.ended < at
        else replace(call, ended=None, outcome="", left=0)
        for call in calls
        if call.began < at
    ]
    expect_told(exam, reply, happened, "while orders are being placed", _ALL_NUMBERS)


def _expect_order(exam: Exam, goods: Goods, reply: Reply) -> None:
    """What came of one order, with nothing of another one in it."""
    if goods.failing:
        # What an order is answered whose step raises something else, is left open.
        if goods.error == "StepFailed":
            exam.expect_status(reply, 502)
        return
    exam.expect_status(reply, 201)
    exam.expect_took(reply, goods.validate + max(goods.price, goods.reserve))
    own = exam.calls.of(run=reply.run)
    foreign = [call.site for call in own if call.arguments != _order(goods)]
    exam.expect(
        not foreign,
        f"{reply.request} works on its own order",
        "it was called with another one",
        site=foreign[0] if foreign else None,
        timeline=own,
    )
    price, reservation = (
        _result(step, goods.sku, goods.quantity) for step in ("price", "reserve")
    )
    exam.expect_json(
        reply, {"price": price, "reservation": reservation}, source="the step"
    )

"""While steps are running: other orders, the metrics, and what is in progress."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.measure_durations.expectations import expect_metrics
from graders.suites.measure_durations.world import (
    STEPS,
    cancel_after,
    fail,
    orders,
    place,
    service_of,
    start,
    take,
)


@check(
    "concurrency",
    points=3,
    hint="Where does each call keep the time at which it began? Two calls of one step "
    "may be running at once.",
)
async def test_the_durations_of_overlapping_orders_do_not_mix(exam: Exam) -> None:
    """Orders overlap: none waits for another, and their durations do not mix."""
    outer, inner, early, late = orders(exam, 4)
    _take_each(
        exam,
        {
            outer["sku"]: (4.0, 3.0, 5.0),
            inner["sku"]: (1.0, 2.0, 1.5),
            early["sku"]: (3.0, 2.0, 2.5),
            late["sku"]: (3.5, 3.25, 3.75),
        },
    )

    # One begins and ends within the other; then both begin and end in turn.
    for pair, took, when in (
        ((outer, inner), (9.0, 3.0), "after an order within another"),
        ((early, late), (5.5, 7.25), "after two orders that overlap"),
    ):
        one = start(exam, pair[0])
        await exam.sleep(1.0)
        other = start(exam, pair[1])
        replies = await asyncio.gather(one.reply(), other.reply())
        for reply, due in zip(replies, took, strict=True):
            exam.expect_status(reply, 201)
            exam.expect_took(
                reply,
                due,
                advice="Which step of an order waits for which other one, and what "
                "else does an order wait for?",
            )
        await exam.settle()
        await expect_metrics(exam, when)


def _take_each(exam: Exam, seconds: dict[str, tuple[float, float, float]]) -> None:
    """How long the steps of each order take: goods -> seconds of the three steps."""
    nothing = (0.0, 0.0, 0.0)
    for number, step in enumerate(STEPS):
        # Somebody may ask for goods that nobody ordered.
        service_of(exam, step).takes(
            lambda sku, number=number, **_: seconds.get(str(sku), nothing)[number]
        )


@check(
    "blocking",
    points=2,
    hint="What does `/metrics` wait for, and why is it not to be had while a step is "
    "running?",
)
async def test_metrics_answer_while_steps_are_running(exam: Exam) -> None:
    """`/metrics` answers at once while steps are running."""
    early, *later = orders(exam, 3)
    await place(exam, early)

    with exam.services.price_order.gate(), exam.services.reserve_stock.gate():
        running = [start(exam, order) for order in later]
        await exam.settle()
        reply = await exam.get("/metrics")

    exam.expect_status(reply, 200)
    exam.expect_took(reply, 0.0)
    for exchange in running:
        exam.expect_status(await exchange.reply(), 201)


@check(
    "resources",
    points=3,
    hint="Two calls of a step may run at once, and every call that counts itself in "
    "has to count itself out, whichever way it ends.",
)
async def test_in_progress_counts_the_calls_that_are_running(exam: Exam) -> None:
    """`in_progress` counts the calls that run now; in the end it is 0 again."""
    one, other, failing, cancelled = orders(exam, 4)
    take(exam, 1.0, 2.0, 3.0)

    await expect_metrics(exam, "before the first order", "in_progress")
    placed = [start(exam, one), start(exam, other)]
    await exam.calls_in_flight(2, "validate_order")
    await expect_metrics(exam, "as soon as two orders are there", "in_progress")
    await exam.sleep(0.5)
    await expect_metrics(exam, "while two orders are validated", "in_progress")
    await exam.sleep(2.0)
    await expect_metrics(exam, "while two orders are priced", "in_progress")
    for exchange in placed:
        exam.expect_status(await exchange.reply(), 201)
    await exam.settle()
    await expect_metrics(exam, "after two orders", "in_progress")

    fail(exam, exam.random.choice(tuple(STEPS)), failing)
    await start(exam, failing).reply()
    await exam.settle()
    await expect_metrics(exam, "after a call has failed", "in_progress")

    await cancel_after(exam, cancelled, exam.random.choice((0.5, 2.5)))
    await expect_metrics(exam, "after a call was cancelled", "in_progress")

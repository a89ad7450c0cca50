"""What an order is answered: what its steps returned."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.measure_durations.world import STEPS, orders, start, take


@check(
    "awaits",
    points=2,
    hint="Measuring a call must not change what it returns: follow the price and the "
    "reservation from their step to the answer.",
)
async def test_an_order_answers_with_what_its_steps_returned(exam: Exam) -> None:
    """An order runs each step once and answers with what they returned."""
    (order,) = orders(exam, 1)
    cents = exam.random.randrange(1_000, 90_000)
    reservation = f"N{exam.random.randrange(10**6)}"
    exam.services.price_order.answers(cents)
    exam.services.reserve_stock.answers(reservation)
    take(exam, 1.0, 2.0, 3.0)

    reply = await start(exam, order).reply()

    exam.expect_status(reply, 201)
    for function in STEPS.values():
        calls = exam.calls.of(function)
        exam.expect(
            [call.arguments for call in calls] == [order],
            f"one call of {function}, with the sku and the quantity of the order",
            f"{len(calls)} calls" if len(calls) != 1 else f"{calls[0].arguments}",
            site=[*calls[-1:], exam.endpoint(reply.run)],
            timeline=exam.services.calls,
        )
    exam.expect_json(
        reply, {"price": cents, "reservation": reservation}, source="the step"
    )

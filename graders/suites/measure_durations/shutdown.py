"""What is left running when the service stops: nothing."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.measure_durations.world import (
    UNFORESEEN,
    fail,
    orders,
    start,
    take,
)


@check(
    "resources",
    points=1,
    hint="What becomes of the other step when one has failed, and who still knows of "
    "it when the service stops?",
    guard=True,
)
async def test_no_step_outlives_the_service(exam: Exam) -> None:
    """When the service stops, no step of an order that has failed is left running."""
    failing, beside = exam.random.sample(("price", "reserve"), 2)
    # Now and then something else goes wrong than a step foresees.
    for order, error, status in zip(
        orders(exam, 2),
        ("StepFailed", exam.random.choice(UNFORESEEN)),
        (502, 500),
        strict=True,
    ):
        fail(exam, failing, order, error)
        take(exam, **{"validate": 0.5, failing: 1.0, beside: 60.0})
        exchange = start(exam, order)
        exam.expect_status(await exchange.reply(), status)
        await exchange.returns()
    await exam.lifespan.stop()

    for call in exam.services.calls:
        exam.expect(
            not call.in_flight,
            f"{call.name} has ended when the service has stopped",
            "it was still running",
            site=call.site,
            timeline=exam.services.calls,
        )

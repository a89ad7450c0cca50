"""What the measuring must not change: who sees a step's error, and which steps wait."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.measure_durations.world import (
    STEPS,
    fail,
    orders,
    place,
    start,
    take,
    world,
)


@check(
    "errors",
    points=1,
    hint="Does the error of a step still reach the code that answers, with the "
    "measuring around it?",
)
async def test_a_step_that_fails_is_a_bad_gateway(exam: Exam) -> None:
    """When a step fails the order is a 502, and the next one can be placed."""
    *single, both, fine = orders(exam, 5)
    for order, step in zip(single, STEPS, strict=True):
        fail(exam, step, order)
        reply = await start(exam, order).reply()
        if reply.status == 201:
            caught = exam.code.handlers("StepFailed", "Exception", "BaseException")
            site = [*caught, exam.answer(reply.run)][0]
            exam.fail(f"{reply.request} answers 502", "201", site=site)
        exam.expect_status(reply, 502)
        await exam.settle()
    # Two at the same moment.
    for step in ("price", "reserve"):
        fail(exam, step, both)
    exam.expect_status(await start(exam, both).reply(), 502)
    await exam.settle()
    # By now the steps are well again, for those that have failed too.
    world(exam)
    for order in (fine, both, *single):
        await place(exam, order)


@check(
    "concurrency",
    points=2,
    hint="Pricing needs nothing from reserving. What keeps the second of them from "
    "starting with the first?",
)
async def test_price_and_reserve_run_at_the_same_time(exam: Exam) -> None:
    """Pricing and reserving run at the same time, after validating."""
    (order,) = orders(exam, 1)
    take(exam, 1.0, 2.0, 3.0)

    reply = await start(exam, order).reply()

    exam.expect_status(reply, 201)
    _expect_validated_first(exam)
    exam.expect_took(reply, 4.0)


def _expect_validated_first(exam: Exam) -> None:
    """Nothing begins before the order's validation has ended.

    Where validation was the first to begin, the line that began it has not waited for
    it; else the line is shown that began something before.
    """
    validations = exam.calls.of("validate_order")
    validated = min((call.left for call in validations), default=0)
    for call in exam.calls.of("price_order", "reserve_stock"):
        unawaited = [one for one in validations if one.entered < call.entered]
        exam.expect(
            call.entered > validated,
            f"{call.name} begins once the order has been validated",
            "it began before",
            advice="What has to be known of an order before it is priced and its "
            "goods are reserved?",
            site=(unawaited or [call])[0].outermost,
            timeline=exam.services.calls,
        )

"""Every call's duration is right, however the call ends and whatever the date."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.measure_durations.expectations import expect_metrics
from graders.suites.measure_durations.world import (
    STEPS,
    UNFORESEEN,
    cancel_after,
    fail,
    orders,
    start,
    take,
)


@check(
    "errors",
    points=2,
    hint="Where does the clock start, where does it stop, and what has happened to "
    "the call in between?",
)
async def test_a_duration_runs_from_the_call_to_its_end(exam: Exam) -> None:
    """Every step's duration runs from its call to its end."""
    long, short, middle = orders(exam, 3)
    before = await exam.get("/metrics")
    exam.expect_status(before, 200)
    zero = {"count": 0, "errors": 0, "last": 0.0, "max": 0.0, "in_progress": 0}
    exam.expect_json(before, dict.fromkeys(STEPS, zero))
    shift = exam.random.choice((0.0, 0.25, 0.5))

    for order, takes, when in (
        (long, (1.25, 2.5, 3.125), "after the first order"),
        (short, (0.75, 1.5, 1.0), "after a quicker order"),
        (middle, (1.0, 2.0, 1.75), "after an order that is neither"),
    ):
        take(exam, *(second + shift for second in takes))
        exchange = start(exam, order)
        await exam.sleep(0.5)
        await expect_metrics(exam, "while an order is validated")
        exam.expect_status(await exchange.reply(), 201)
        await exam.settle()
        await expect_metrics(exam, when)


@check(
    "errors",
    points=2,
    hint="Which of your lines still run when the call raises?",
)
async def test_a_call_that_fails_is_counted_with_its_duration(exam: Exam) -> None:
    """A call that fails is counted, with its duration and as an error."""
    steps = exam.random.sample(tuple(STEPS), 3)
    for order, step in zip(orders(exam, 3), steps, strict=True):
        fail(exam, step, order)
        # The longest so far, and where another step runs beside it, the last to end.
        slow = 4.0 + exam.random.choice((0.0, 0.25, 0.5))
        seconds = {"validate": 1.0, "price": 1.5, "reserve": 2.0, step: slow}
        take(exam, **seconds)

        await start(exam, order).reply()
        await exam.settle()

        await expect_metrics(exam, f"after {STEPS[step]} has failed")


@check(
    "errors",
    points=1,
    hint="A call may raise what its table does not name. Which errors does your "
    "measuring know?",
)
async def test_an_error_that_nobody_foresaw_is_counted_too(exam: Exam) -> None:
    """A call that raises anything but StepFailed is counted, and as an error."""
    steps = exam.random.sample(tuple(STEPS), 3)
    kinds = exam.random.sample(UNFORESEEN, 3)
    take(exam, 1.0, 2.5, 2.5)
    for order, step, kind in zip(orders(exam, 3), steps, kinds, strict=True):
        fail(exam, step, order, kind)

        # What it answers is left open.
        await start(exam, order).reply()
        await exam.settle()

        await expect_metrics(exam, f"after {STEPS[step]} has raised {kind}")


@check(
    "errors",
    points=2,
    hint="What is raised inside a call that is cancelled, and is it an `Exception`?",
)
async def test_a_call_that_is_cancelled_is_counted_too(exam: Exam) -> None:
    """A call that is cancelled is counted, with its duration and as an error."""
    first, second = orders(exam, 2)

    take(exam, 5.0, 1.0, 1.0)
    await cancel_after(exam, first, exam.random.choice((2.0, 2.5, 3.0)))
    await expect_metrics(exam, "after a cancelled call")

    take(exam, 1.0, 6.0, 7.0)
    await cancel_after(exam, second, exam.random.choice((3.0, 3.5, 4.0)))
    await expect_metrics(exam, "after two cancelled calls at once")


@check(
    "errors",
    points=2,
    hint="Somebody may set the clock on the wall; which of Python's clocks can nobody "
    "set?",
)
async def test_setting_the_clock_does_not_change_a_duration(exam: Exam) -> None:
    """When somebody sets the machine's clock, durations stay right."""
    (order,) = orders(exam, 1)
    take(exam, 2.0, 2.5, 4.5)

    exchange = start(exam, order)
    await exam.sleep(1.0)
    exam.move_date(exam.random.choice((1.0, -1.0)) * exam.random.randint(600, 3_600))
    await exam.sleep(2.0)
    exam.move_date(exam.random.choice((1.0, -1.0)) * exam.random.randint(30, 90))
    exam.expect_status(await exchange.reply(), 201)
    await exam.settle()

    await expect_metrics(exam, "although the date was set meanwhile")

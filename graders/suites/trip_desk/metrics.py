"""What the metrics count, and how long they say that carriers took."""

from __future__ import annotations

from starlette.responses import Response

from graders.proctor import Exam, check
from graders.suites.trip_desk.expectations import expect_metrics
from graders.suites.trip_desk.world import CARRIERS, PATIENCE, Desk


@check(
    "errors",
    points=2,
    hint="Which outcomes can a quote have, and a call to a carrier? Does each of them "
    "pass a line that counts it?",
)
async def test_metrics_count_every_outcome(exam: Exam) -> None:
    """The metrics count quotes, calls to carriers and reports, by their outcome."""
    desk = Desk(exam)
    zero = {"calls": 0, "missed": 0, "slowest": 0.0}
    await expect_metrics(
        exam,
        "before the first quote",
        {
            "quotes": {"complete": 0, "partial": 0, "failed": 0},
            "carriers": dict.fromkeys(CARRIERS, zero),
            "analytics": {"told": 0, "failed": 0},
        },
    )
    late, failing, fine = exam.random.sample(CARRIERS, 3)
    for _ in range(3):
        await desk.ask()
    desk.carriers[failing].answers(lambda request: Response(status_code=500))
    await desk.ask()
    desk.silence(late)
    await desk.ask()
    desk.silence(fine)
    await desk.ask()
    await exam.settle()

    await expect_metrics(
        exam,
        "after three complete quotes, two partial ones and one without an offer",
        {
            "quotes": {"complete": 3, "partial": 2, "failed": 1},
            "carriers": {
                late: {"calls": 6, "missed": 2},
                failing: {"calls": 6, "missed": 3},
                fine: {"calls": 6, "missed": 1},
            },
            "analytics": {"told": 5, "failed": 0},
        },
    )


@check(
    "errors",
    points=2,
    hint="Where does the clock start, where does it stop, and does it stop as well "
    "when the call fails or is late?",
)
async def test_metrics_know_each_carriers_slowest_call(exam: Exam) -> None:
    """The metrics know how long each carrier's slowest call took, missed or not."""
    desk = Desk(exam)
    late, failing, fine = exam.random.sample(CARRIERS, 3)
    shift = exam.random.choice((0.0, 0.25, 0.5))
    desk.silence(late)
    desk.carriers[failing].takes(1.5 + shift)
    desk.carriers[failing].answers(lambda request: Response(status_code=500))
    desk.carriers[fine].takes(1.0 + shift)
    await desk.ask()
    desk.recover()
    await desk.ask()
    await exam.settle()

    truth = {late: PATIENCE, failing: 1.5 + shift, fine: 1.0 + shift}
    await expect_metrics(
        exam,
        "after a slow quote and a quick one",
        {"carriers": {name: {"slowest": value} for name, value in truth.items()}},
    )

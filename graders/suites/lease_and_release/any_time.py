"""Labels and lists that are asked for at any moment, with whatever befalls them."""

from __future__ import annotations

from typing import Any

from graders.proctor import FREEDOMS, Exam, Observation, every_schedule
from graders.suites.lease_and_release.day import Day
from graders.suites.lease_and_release.expectations import (
    expect_cancelled,
    expect_given_back,
)
from graders.suites.lease_and_release.plans import Shift, drawn_shift


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two requests share in your module, and what becomes of it while both "
    "wait?",
    plans=drawn_shift,
    count=24,
    # A release may come before the answer or after it: what is promised stands below.
    free=FREEDOMS,
    stops=True,
)
async def test_each_label_is_its_own_at_any_moment(
    exam: Exam, plan: Shift
) -> Observation:
    """Labels that are asked for at any moment are each their own, from lease to job"""
    day = Day(exam, plan)
    seen = await exam.carry_out(day.asks())
    for run in day.orders:
        _expect_own_calls(exam, day, run)
    expect_given_back(exam, day.room, leases=None)
    for run, order in day.orders.items():
        if order.cancelled is not None:
            expect_cancelled(exam, exam.driver.exchanges[run])
        elif order.leaves is None:
            _expect_own_answer(exam, day, run)
    for run, look in day.looks.items():
        reply = exam.driver.exchanges[run].response()
        exam.expect_status(reply, 200)
        exam.expect_json(reply, day.lists[run], source="the driver")
        exam.expect_took(reply, look.lasts)
    return seen


def _expect_own_calls(exam: Exam, day: Day, run: int) -> None:
    """Whatever a request calls the driver with is its own."""
    own: dict[str, Any] = {"text": [day.orders[run].text], "lease": day.leases(run)}
    for call in day.room.calls():
        if call.run != run:
            continue
        for name, value in call.arguments.items():
            exam.expect(
                value in own[name],
                f"{call.name} is called with the {name} of its own label",
                f"it was called with the {name} of another one",
                # Where a function writes what all requests share, if one does.
                site=[*exam.code.writes_shared(), call],
                timeline=day.room.calls(),
            )


def _expect_own_answer(exam: Exam, day: Day, run: int) -> None:
    """A request that nobody gives up makes its calls, in time, and answers so."""
    order, reply = day.orders[run], exam.driver.exchanges[run].response()
    calls = exam.calls.of(run=run)
    leases = day.leases(run)
    status = reply.status if reply.status in order.statuses else order.statuses[0]
    exam.expect_status(reply, status)
    due = [*order.made, "release"] if leases else [*order.made]
    exam.expect(
        [call.name for call in calls] == due,
        f"for its label a request calls {', '.join(due)}",
        ", ".join(call.name for call in calls) or "it called nothing",
        site=[*calls[-1:], exam.endpoint(run)],
        timeline=day.room.calls(),
    )
    for call, lasts in zip(calls, order.lasts, strict=False):
        ended = exam.calls.end_of(call)
        lasted = ended - call.began
        exam.expect(
            lasted == lasts,
            f"{call.name} lasts {lasts:g} s",
            f"it lasted {lasted:g} s",
            site=exam.causes.of_timer(ended, run) or call.site,
            timeline=day.room.calls(),
        )
    if status == 201:
        job = {"job": day.room.job(leases[0], order.text)}
        exam.expect_json(reply, job, source="the driver")
    at_work = sum(order.lasts)
    if reply.took != at_work:
        # It may answer before it releases the printer, or after.
        exam.expect_took(
            reply, at_work + (order.release if leases else 0.0), calls=calls
        )

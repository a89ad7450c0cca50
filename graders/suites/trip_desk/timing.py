"""Carriers are asked at the same time, and waited for three seconds."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.trip_desk.causes import outermost
from graders.suites.trip_desk.expectations import (
    expect_all_named,
    expect_new_quote,
    expect_quote,
)
from graders.suites.trip_desk.world import CARRIERS, OVERLAPPING, PATIENCE, Desk

# With what the whole of a call is limited.
_DEADLINES = (
    "timeout",
    "timeout_at",
    "wait_for",
    "wait",
    "fail_after",
    "move_on_after",
)


@check(
    "concurrency",
    points=3,
    hint="No carrier needs anything from another. What keeps the second request from "
    "starting with the first?",
)
async def test_the_carriers_are_asked_at_the_same_time(exam: Exam) -> None:
    """The three carriers are asked at the same time."""
    desk = Desk(exam)
    seconds = exam.random.sample((1.0, 1.5, 2.5), 3)
    desk.take(*seconds)
    reply, _ = await expect_new_quote(desk)
    exam.expect_took(reply, max(seconds), calls=desk.calls)


@check(
    "concurrency",
    points=2,
    hint="What do two requests share, and does one of them hold it while it waits?",
)
async def test_quotes_do_not_wait_for_each_other(exam: Exam) -> None:
    """Thirty quotes that overlap do not wait for each other."""
    desk = Desk(exam)
    desk.take(2.0, 1.5, 1.0)
    trips = [desk.trip() for _ in range(OVERLAPPING)]

    exchanges = await desk.start_all(trips)
    replies = [await exchange.reply() for exchange in exchanges]

    for reply, trip in zip(replies, trips, strict=True):
        expect_quote(desk, reply, trip)
        exam.expect_took(reply, 2.0, calls=desk.calls)


@check(
    "timeouts",
    points=3,
    hint="Does your deadline hold for the connecting as well as for the waiting, and "
    "is it the whole 3 s?",
)
async def test_a_quote_waits_three_seconds_and_no_more(exam: Exam) -> None:
    """A quote waits for a carrier for 3 s and no more; 2.9 s are in time."""
    desk = Desk(exam)
    late, slow = exam.random.sample(CARRIERS, 2)
    desk.carriers[slow].takes(2.9)
    reply, _ = await expect_new_quote(desk)
    exam.expect_took(reply, 2.9, calls=desk.calls)

    desk.silence(late)
    exam.expect_took(await desk.ask(), PATIENCE, calls=desk.calls)

    desk.recover()
    desk.carriers[late].unreachable()
    desk.carriers[late].hangs_up()
    await exam.settle()
    reply = await desk.ask()
    limits = exam.code.gives("timeout")
    if reply.took != PATIENCE and limits and not exam.code.calls(*_DEADLINES):
        # The client's own limits are all there is, and here it was to connect.
        exam.fail(
            f"{PATIENCE:g} s when there is no connection to be had",
            f"{reply.took:g} s",
            site=limits[0],
            timeline=desk.calls,
        )
    exam.expect_took(reply, PATIENCE, calls=desk.calls)
    expect_all_named(exam, reply, {late: "timeout"})


@check(
    "timeouts",
    points=3,
    hint="Not waiting any longer is one thing, ending the call another. Who cancels "
    "it?",
)
async def test_a_late_call_is_given_up_at_three_seconds(exam: Exam) -> None:
    """At 3 s the calls that are late are given up."""
    desk = Desk(exam)
    late = exam.random.sample(CARRIERS, 2)
    desk.silence(*late)

    reply = await desk.ask()
    await exam.settle()

    for name in late:
        calls = desk.carriers[name].calls
        exam.expect(
            len(calls) == 1,
            f"{name} is asked once",
            f"{len(calls)} requests",
            site=[*calls[-1:], exam.endpoint(reply.run)],
            timeline=desk.calls,
        )
        ended = exam.calls.end_of(calls[0])
        exam.expect(
            ended - reply.began <= PATIENCE,
            f"the call to {name} ends after {PATIENCE:g} s",
            f"it went on for {ended - reply.began:g} s",
            site=[*exam.code.calls("shield"), outermost(exam, calls, reply.run)],
            timeline=desk.calls,
        )

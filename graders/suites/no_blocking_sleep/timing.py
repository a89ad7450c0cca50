"""When one courier is answered, and how often the depot is asked until then."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.no_blocking_sleep.expectations import (
    calls_of,
    expect_answer,
    expect_at_once,
    expect_pauses,
    expect_soon,
)
from graders.suites.no_blocking_sleep.world import let_scan, new_parcels, to_wait


@check(
    "timeouts",
    points=2,
    hint="What could the service ask before it sleeps for the first time?",
)
async def test_a_scanned_parcel_is_answered_at_once(exam: Exam) -> None:
    """A parcel that is already scanned is answered at once."""
    (parcel,) = new_parcels(exam, 1)
    let_scan(exam, {parcel: 0.0})

    reply = await exam.get(to_wait(parcel, 5))

    exam.expect_status(reply, 200)
    expect_at_once(exam, reply, exam.services.scan_status.calls)
    expect_answer(exam, reply, "scanned")


@check(
    "timeouts",
    points=3,
    hint="How long can a scan stay unnoticed, with the sleeps that you make?",
)
async def test_a_scan_is_noticed_within_half_a_second(exam: Exam) -> None:
    """A parcel scanned during the wait is answered at most 0.5 s later."""
    parcels = new_parcels(exam, 3)
    waits = exam.random.sample((0.25, 1.375, 2.25, 2.875, 4.125), 3)
    for parcel, wait in zip(parcels, waits, strict=True):
        scan = exam.now + wait
        let_scan(exam, {parcel: scan})

        reply = await exam.get(to_wait(parcel, 8))

        exam.expect_status(reply, 200)
        expect_soon(exam, reply, scan, "an answer")
        expect_answer(exam, reply, "scanned")


@check(
    "timeouts",
    points=3,
    hint="What passes between one question to the depot and the next?",
)
async def test_the_depot_is_asked_at_most_twice_a_second(exam: Exam) -> None:
    """One request asks the depot at most once in 0.5 s."""
    limit = 3.0
    waits = (limit + 20, 0.0, 1.25)
    for parcel, wait in zip(new_parcels(exam, 3), waits, strict=True):
        let_scan(exam, {parcel: exam.now + wait})

        reply = await exam.get(to_wait(parcel, limit))

        exam.expect_status(reply, 200)
        calls = [
            call
            for call in exam.services.scan_status.calls
            if call.arguments["parcel_id"] == parcel
        ]
        exam.expect(
            bool(calls),
            "the depot is asked",
            "it was never asked",
            site=exam.endpoint(reply.run),
        )
        expect_pauses(exam, reply, calls, limit)  # not stated: max_wait


@check(
    "timeouts",
    points=3,
    hint="How much of max_wait is left before each sleep, and may the sleep be longer "
    "than that?",
)
async def test_pending_is_answered_when_max_wait_is_over(exam: Exam) -> None:
    """A parcel not scanned in time is answered when `max_wait` is over."""
    first, second, third = new_parcels(exam, 3)
    whole = exam.random.choice((1.5, 2.5, 3.5))
    odd = exam.random.choice((1.25, 1.75, 2.25))

    for parcel, target, limit in (
        (first, to_wait(first, whole), whole),
        (second, to_wait(second, odd), odd),
        (third, f"/parcels/{third}/wait", 10.0),
    ):
        # In the end every parcel is scanned, so nobody waits for ever.
        let_scan(exam, {parcel: exam.now + limit + 20})
        reply = await exam.get(target)

        exam.expect_status(reply, 200)
        exam.expect_took(reply, limit, calls=calls_of(exam, reply))
        if limit != odd:
            expect_answer(exam, reply, "pending")

"""The printers of cancelled requests, and leases that come too late or never."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.lease_and_release.causes import left_alone, of_last, shield
from graders.suites.lease_and_release.expectations import (
    cancelled_during,
    expect_given_back,
)
from graders.suites.lease_and_release.world import PrintRoom


@check(
    "resources",
    points=3,
    hint="A cancelled request sees CancelledError, which is no Exception. Which "
    "statement runs all the same?",
)
async def test_a_cancelled_request_gives_the_printer_back(exam: Exam) -> None:
    """A request that is cancelled while it warms up or prints releases its printer."""
    room = PrintRoom(exam)
    exam.services.warm_up.takes(1)
    exam.services.print_label.takes(1)
    room.release_takes(3)
    for leases, (step, after) in enumerate(
        (("warm_up", 0.5), ("print_label", 1.5)), start=1
    ):
        await cancelled_during(exam, room, step, after)

        expect_given_back(exam, room, leases=leases)

    await cancelled_during(exam, room, "release", 2.5)
    release = exam.calls.of("release")[-1]
    # Whether a release that is cancelled itself has done its work, nobody knows.
    exam.expect(
        not release.in_flight,
        "the release has ended when the request is over",
        "it was still on its way",
        site=shield(exam, release) or left_alone(exam, release),
        timeline=room.calls(),
    )
    lease = release.arguments["lease"]
    back = [one for one in room.calls("release") if one.arguments["lease"] == lease]
    exam.expect(
        len(back) == 1,
        "each lease is released once",
        f"release was called {len(back)} times, and once more after it was cancelled",
        advice="What is told to end has not failed. Let CancelledError go on.",
        site=release.site,
        timeline=room.calls(),
    )


@check(
    "resources",
    points=1,
    hint="When acquire has not returned, there is nothing to give back.",
)
async def test_what_was_not_acquired_is_not_released(exam: Exam) -> None:
    """When there is no lease, because none is free or in time, none is released."""
    room = PrintRoom(exam)
    exam.services.acquire.fails("NoPrinterFree")
    await room.post().returns()
    calls = exam.calls.of("acquire")
    exam.expect(
        bool(calls),
        "a printer is asked for",
        "acquire was not called",
        site=of_last(exam, calls),
    )
    expect_given_back(exam, room, leases=0)

    room = PrintRoom(exam)
    exam.services.acquire.takes(2)
    await cancelled_during(exam, room, "acquire", 0.5)
    await exam.settle()
    expect_given_back(
        exam,
        room,
        leases=None,
        advice="The request had ended, and acquire went on. Who gives back a lease "
        "that comes afterwards?",
        lost=exam.calls.of("acquire")[-1].site,
    )

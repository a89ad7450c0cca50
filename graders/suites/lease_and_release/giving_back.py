"""A printer is given back, however the printing of a label ends."""

from __future__ import annotations

from graders.proctor import Exam, check, first_site
from graders.suites.lease_and_release.causes import put_off
from graders.suites.lease_and_release.expectations import expect_given_back
from graders.suites.lease_and_release.world import BUGS, ENDLESS, PrintRoom


@check(
    "resources",
    points=2,
    hint="release is a coroutine function too. Who waits until it has ended?",
)
async def test_a_printed_label_gives_its_printer_back(exam: Exam) -> None:
    """After a printed label the printer is released, however long that takes."""
    room = PrintRoom(exam)
    room.release_takes(5)

    await room.post().returns()

    expect_given_back(exam, room)

    # The client does not read its answer, and the server gives the request up.
    room = PrintRoom(exam)
    room.release_takes(5)
    exchange = room.post()
    exchange.hold_sends = True
    await exchange.started()
    exchange.cancel()
    await exchange.returns()

    expect_given_back(
        exam,
        room,
        advice="The request was cancelled while its answer was being sent. Which line "
        "of yours runs then?",
        lost=put_off(exam),
    )


@check(
    "resources",
    points=2,
    hint="print_label may raise. Which statement runs on that way as well?",
)
async def test_a_jam_gives_the_printer_back(exam: Exam) -> None:
    """After a jam the printer is released."""
    room = PrintRoom(exam)
    room.release_takes(3)
    exam.services.print_label.takes(1).fails("PaperJam", "at the cutter")

    await room.post().returns()

    expect_given_back(exam, room)


@check(
    "resources",
    points=2,
    hint="From which line on does your code hold a printer, and from which line on is "
    "it sure to give it back?",
)
async def test_a_failed_warm_up_gives_the_printer_back(exam: Exam) -> None:
    """After a warm-up that failed the printer is released."""
    room = PrintRoom(exam)
    room.release_takes(3)
    exam.services.warm_up.takes(1).fails("WarmUpFailed", "the heater is off")

    await room.post().returns()

    warm_ups = exam.calls.of("warm_up")
    expect_given_back(exam, room, lost=first_site(warm_ups[-1:]))


@check(
    "resources",
    points=2,
    hint="Which part of your code does the deadline end, and is the release in it?",
)
async def test_a_print_that_takes_too_long_gives_the_printer_back(exam: Exam) -> None:
    """After a print that took too long the printer is released."""
    room = PrintRoom(exam)
    room.release_takes(3)
    exam.services.print_label.takes(ENDLESS)

    await room.post().returns()

    expect_given_back(exam, room)


@check(
    "resources",
    points=2,
    hint="Your code knows some errors by name. Does the printer come back from one "
    "that it does not know?",
)
async def test_an_error_nobody_foresaw_gives_the_printer_back(exam: Exam) -> None:
    """After an error that nobody foresaw the printer is released."""
    room = PrintRoom(exam)
    for leases, name in enumerate(("print_label", "warm_up"), start=1):
        getattr(exam.services, name).fails(exam.random.choice(BUGS), "firmware")

        await room.post().returns()

        expect_given_back(exam, room, leases=leases)

"""What a label is answered when a step fails, and that a cancelled one gets nothing."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.lease_and_release.causes import of_last, swallowed
from graders.suites.lease_and_release.expectations import (
    ONCE,
    cancelled_during,
    expect_cancelled,
    expect_under_way,
)
from graders.suites.lease_and_release.world import (
    BUGS,
    ENDLESS,
    STEPS,
    PrintRoom,
    over,
)

_AT_ONCE = "Three printers are free. What does a label of yours wait for?"
_NONE_LEFT = (
    "Every printer is leased by now. Who has given back those of earlier labels?"
)


@check(
    "errors",
    points=1,
    hint="Which exception says that the label is stuck, and does it get as far as the "
    "code that answers?",
    guard=True,
)
async def test_a_jam_is_502(exam: Exam) -> None:
    """A label that jams is a 502."""
    room = PrintRoom(exam)
    exam.services.print_label.fails("PaperJam", "at the cutter")

    reply = await over(room.post())

    exam.expect(
        reply.status != 201,
        f"{reply.request} answers 502",
        "201, as if the label had been printed",
        site=swallowed(exam, "PaperJam") or exam.answer(reply.run),
    )
    exam.expect_status(reply, 502)


@check(
    "errors",
    points=1,
    hint="Which exception says that the printer stays cold, and which part of your "
    "code catches it?",
    guard=True,
)
async def test_a_failed_warm_up_is_502(exam: Exam) -> None:
    """A printer that does not get warm is a 502."""
    room = PrintRoom(exam)
    exam.services.warm_up.fails("WarmUpFailed", "the heater is off")

    reply = await over(room.post())

    exam.expect_status(reply, 502)


@check(
    "errors",
    points=1,
    hint="The driver says itself when no printer is free, and with which exception.",
)
async def test_no_free_printer_is_503(exam: Exam) -> None:
    """While all three printers are leased, a fourth label is a 503."""
    room = PrintRoom(exam)
    with exam.services.print_label.gate():
        printing = [room.post() for _ in range(3)]
        await exam.settle(1)
        expect_under_way(exam, "print_label", 3, advice=_AT_ONCE)

        reply = await over(room.post())

        exam.expect_status(await over(room.post()), 503)

    exam.expect_status(reply, 503)
    for exchange in printing:
        exam.expect_status(await over(exchange), 201)
    exam.expect_status(await over(room.post()), 201)


@check(
    "errors",
    points=1,
    hint="Which exception says that the time is over? Nobody printed nonsense, it just "
    "took too long.",
    guard=True,
)
async def test_a_print_that_takes_too_long_is_504(exam: Exam) -> None:
    """A print that takes too long is a 504."""
    room = PrintRoom(exam)
    exam.services.print_label.takes(ENDLESS)

    reply = await over(room.post())

    exam.expect_status(reply, 504)


@check(
    "errors",
    points=1,
    hint="Catch the errors that you expect, and no others.",
    guard=True,
)
async def test_an_error_nobody_foresaw_is_500(exam: Exam) -> None:
    """An error that nobody foresaw is a 500, whichever step raises it."""
    for step in STEPS:
        room = PrintRoom(exam)
        service = getattr(exam.services, step)
        for bug in exam.random.sample(BUGS, len(BUGS)):
            service.fails(bug, "firmware")
            before = len(service.calls)

            reply = await over(room.post())

            all_out = reply.status == 503 and not room.has_free
            exam.expect_status(reply, 500, advice=_NONE_LEFT if all_out else "")
            calls = service.calls[before:]
            exam.expect(
                len(calls) == 1,
                f"{step} is called once for a label",
                f"{len(calls)} calls",
                advice=ONCE,
                site=of_last(exam, calls),
                timeline=calls,
            )
        # Whatever the room does not answer itself answers nothing.
        service.answers(None)


@check(
    "errors",
    points=2,
    hint="Release the printer, then let CancelledError go on: do not return, and do "
    "not raise anything else in its place.",
)
async def test_a_cancelled_request_ends_cancelled(exam: Exam) -> None:
    """A request that is cancelled ends, and sends no answer."""
    room = PrintRoom(exam)
    exam.services.print_label.takes(1.5)

    exchange = await cancelled_during(exam, room, "print_label", 0.5)

    expect_cancelled(exam, exchange)

    exam.services.print_label.takes(0)
    room.release_takes(3)
    cancelled = exam.now + 1

    exchange = await cancelled_during(exam, room, "release", 1)

    # A printer may be given back after the answer.
    if not any(event.at < cancelled for event in exchange.events):
        expect_cancelled(exam, exchange)

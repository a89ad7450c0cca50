"""Labels and lists that are asked for at the same time."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.lease_and_release.expectations import (
    expect_given_back,
    expect_under_way,
)
from graders.suites.lease_and_release.world import STEPS, PrintRoom, over


@check(
    "resources",
    points=1,
    hint="Where does your code keep the number of a lease, and can another request "
    "change it there?",
)
async def test_every_label_gives_its_own_printer_back(exam: Exam) -> None:
    """Three labels at the same time release three printers, each its own."""
    room = PrintRoom(exam)
    for name in (*STEPS, "release"):
        getattr(exam.services, name).takes(1)

    exchanges = []
    for _ in range(3):
        exchanges.append(room.post())
        await exam.sleep(0.25)
    await asyncio.gather(*(exchange.returns() for exchange in exchanges))

    expect_given_back(exam, room, leases=3)


@check(
    "concurrency",
    points=2,
    hint="What do two requests share in your code, and must one of them wait for it?",
)
async def test_three_labels_are_printed_at_the_same_time(exam: Exam) -> None:
    """Three labels are printed at the same time."""
    room = PrintRoom(exam)
    for name in STEPS:
        getattr(exam.services, name).takes(0.75)

    exchanges = [room.post() for _ in range(3)]
    for exchange in exchanges:
        exam.expect_status(await over(exchange), 201)

    for name in STEPS:
        exam.expect_peak(3, exam.calls.of(name))


@check(
    "concurrency",
    points=1,
    hint="list_printers needs no lease and no turn.",
)
async def test_the_printers_are_listed_while_one_prints(exam: Exam) -> None:
    """`GET /printers` shows the driver's list, also while a label is printed."""
    room = PrintRoom(exam)
    with exam.services.print_label.gate():
        exchange = room.post()
        await exam.settle(1)
        expect_under_way(exam, "print_label")

        reply = await exam.get("/printers")

        exam.expect_status(reply, 200)
        exam.expect_took(reply, 0.0)
        exam.expect_json(reply, room.printers(), source="the driver")
    exam.expect_status(await over(exchange), 201)

    reply = await exam.get("/printers")
    exam.expect_json(reply, room.printers(), source="the driver")

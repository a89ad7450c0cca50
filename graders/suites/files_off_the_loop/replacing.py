"""A new receipt takes the place of an old one at once, and for later readers alone."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from graders.proctor import Exam, check
from graders.suites.files_off_the_loop.causes import (
    line_that_chooses,
    line_that_names,
)
from graders.suites.files_off_the_loop.expectations import (
    expect_body,
    expect_receipt,
    place_of,
)
from graders.suites.files_off_the_loop.world import HELD, PIECE, Receipts, send

if sys.platform == "linux":
    with contextlib.suppress(ImportError):
        import asyncinotify


@check(
    "resources",
    points=1,
    hint="What do you open for a receipt that is being sent: a file, or its name, and "
    "how often?",
)
async def test_an_answer_that_has_begun_is_of_one_receipt(exam: Exam) -> None:
    """A receipt that is being sent comes to its end while a new one replaces it."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    old, new = archive.some_bytes(3 * HELD), archive.some_bytes(4 * HELD)
    await archive.store(receipt, old)
    await exam.settle()
    exchange = exam.start("GET", f"/receipts/{receipt}")
    await exchange.chunk()
    exchange.hold_sends = True
    await exam.settle()
    await archive.store(receipt, new)
    await exam.settle()
    exchange.read_on()
    reply = await exchange.reply()
    exam.expect_status(reply, 200)
    expect_body(exam, reply, old, "the receipt of which the first piece was sent")


@check(
    "resources",
    points=2,
    hint="A file that is being written is half written. Under which name may it stand "
    "until it is whole?",
)
async def test_a_half_written_receipt_is_never_seen(exam: Exam) -> None:
    """Until a new receipt has arrived, the old one (or none) is answered."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    old: bytes | None = None
    for _ in range(2):
        new = archive.some_bytes(3 * PIECE)
        exchange = archive.begin(receipt)
        for begin in range(0, len(new), PIECE):
            send(exchange, new[begin : begin + PIECE], more=True)
            await exam.settle()
            when = "while a new one arrives" if old else "before it has arrived"
            await expect_receipt(exam, archive, receipt, old, when, arriving=True)
            await _expect_no_other(exam, archive, receipt)
        await archive.finish(exchange)
        old = new
        await expect_receipt(exam, archive, receipt, old, "after its PUT")
        await exam.settle()
    exam.expect(
        len(archive.look()) == 1,
        "one file for one receipt",
        f"{len(archive.look())} files",
        site=exam.endpoint(exchange.run),
    )
    assert old is not None
    # So little that no buffer runs over, and so much that some do.
    for size in (300, PIECE + 300):
        new = archive.some_bytes(size)
        await _expect_whole_when_named(exam, archive, receipt, old, new)
        old = new


async def _expect_no_other(exam: Exam, archive: Receipts, receipt: str) -> None:
    """While this receipt arrives, no other id leads to a file, whatever its name."""
    missing = await archive.read(f"{receipt}-is-another")
    for name in archive.names():
        if name == receipt:
            continue
        reply = await archive.read(name)
        if reply.status != missing.status:
            exam.fail(
                f"a {missing.status} for every id that no client has stored",
                f"a {reply.status} for one that stands in the name of a file",
                advice="Which ids may a client ask for? Is the name that you give to a "
                "receipt that arrives one of them?",
                site=await line_that_chooses(exam, archive),
            )


async def _expect_whole_when_named(
    exam: Exam, archive: Receipts, receipt: str, old: bytes, new: bytes
) -> None:
    """Nothing is written to a receipt's file while it has its name.

    No reader can be sent between a rename and the end of what is written: both happen
    in threads, in their own time. But the kernel keeps their order. Only Linux tells.
    """
    if sys.platform != "linux" or "asyncinotify" not in globals():
        return
    folder = place_of(exam, archive, old).parent
    with asyncinotify.Inotify(sync_timeout=0) as changes:
        changes.add_watch(folder, asyncinotify.Mask.MODIFY)
        await archive.store(receipt, new)
        await exam.settle()
        written = {event.name for event in changes}
    place = place_of(exam, archive, new)
    if place.parent == folder and Path(place.name) in written:
        exam.fail(
            "a file that gets a receipt's name when nothing is left to write",
            "it was written to under that name",
            advice="What you write may wait in a buffer until the file is flushed or "
            "closed. Does that come before the file gets its name, or after it?",
            site=await line_that_names(exam, archive),
        )

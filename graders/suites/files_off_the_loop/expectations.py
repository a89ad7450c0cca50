"""What several parts expect of receipts, and of the folder that they are in."""

from __future__ import annotations

from pathlib import Path

from graders.proctor import Exam, Reply
from graders.suites.files_off_the_loop.causes import (
    line_that_chooses,
    line_that_names,
    storing,
)
from graders.suites.files_off_the_loop.world import Receipts

_LATE = (
    "It was stored when the answer had begun already. What does your PUT have to wait "
    "for before it answers?"
)


async def expect_receipt(
    exam: Exam,
    archive: Receipts,
    receipt: str,
    body: bytes | None,
    when: str,
    *,
    arriving: bool = False,
) -> None:
    """`GET` answers with this receipt, or with 404 when there is none.

    Args:
        arriving: a new one is on its way, and nothing may have happened to this one.
    """
    if body is None:
        await _expect_none(exam, archive, receipt, when)
        return
    place = archive.file_of(body)
    reply = await archive.read(receipt)
    if (reply.status, reply.body) == (200, body):
        return
    await exam.settle()
    held = archive.file_of(body)
    late = held is not None and held != place
    if held is None or late:
        # What was on the disk is wrong, so it is none of GET's lines.
        blame = line_that_names if late or arriving else line_that_chooses
        exam.fail(
            f"the whole receipt {when}",
            _length(reply, body) if reply.status == 200 else f"a {reply.status}",
            advice=_LATE if late else "",
            site=await blame(exam, archive),
        )
    exam.expect_status(reply, 200)
    expect_body(exam, reply, body, f"the whole receipt {when}")


async def _expect_none(exam: Exam, archive: Receipts, receipt: str, when: str) -> None:
    reply = await archive.read(receipt)
    if reply.status >= 400:
        return
    site = await line_that_names(exam, archive)
    exam.fail(f"no receipt {when}", f"GET answers {reply.status}", site=site)


def expect_body(exam: Exam, reply: Reply, body: bytes, expected: str) -> None:
    if reply.body == body:
        return
    saw, site = _length(reply, body), exam.answer(reply.run)
    if reply.failure is not None:
        # The status had been sent before it was raised.
        saw += f": {reply.told}"
        site = (reply.failure.first or reply.failure).site or site
    exam.fail(expected, saw, site=site)


def _length(reply: Reply, body: bytes) -> str:
    if len(reply.body) == len(body):
        return "as many bytes, but others"
    return f"{len(reply.body)} bytes instead of {len(body)}"


def place_of(exam: Exam, archive: Receipts, body: bytes) -> Path:
    """The file in which this receipt is."""
    place = archive.file_of(body)
    exam.expect(
        place is not None,
        "a receipt is one file in the archive, as it came",
        "there is no such file, or more than one",
        site=storing(exam),
    )
    assert place is not None
    return place


def change(before: dict[str, bytes], after: dict[str, bytes]) -> tuple[str, str]:
    """What should be and what is, where the scratch folder has changed; else ""."""
    if left := set(after) - set(before):
        return "no new file", f"{len(left)} in the folder"
    if lost := set(before) - set(after):
        return "no file less", f"{len(lost)} gone"
    return ("every file as it was", "one has changed") if after != before else ("", "")

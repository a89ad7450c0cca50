"""Reading a receipt by the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graders.proctor import CheckFailed, Exam, Site, check
from graders.suites.files_off_the_loop.causes import line_that_fails, obstructed
from graders.suites.files_off_the_loop.world import PIECE, Receipts, text


@check(
    "errors",
    points=2,
    hint="Count a few lines by hand: which one is number `start`, and how many are "
    "left behind it? And what does your code take for the end of a line, and in which "
    "encoding does it read?",
)
async def test_lines_are_counted_from_zero(exam: Exam) -> None:
    """`start` and `count` choose the lines; below their limits they are a 422."""
    archive = Receipts(exam)
    lines = archive.lines(25)
    # Only a line feed ends a line.
    lines[0] += "\r"
    lines[1] = lines[1].replace(" ", "\r", 1)
    receipt = archive.new_id()
    await archive.store(receipt, text(lines))
    first, some = exam.random.randint(1, 12), exam.random.randint(2, 12)
    windows = [(0, 1), (first, some), (20, 10), (24, 1), (25, 3), (400, 5), (0, 100)]
    for start, number in windows:
        query, expected = f"start={start}&count={number}", lines[start : start + number]
        await _expect_lines(exam, archive, f"{receipt}/lines?{query}", expected)
    await _expect_lines(exam, archive, f"{receipt}/lines", lines[:10])
    expected = lines[first : first + 10]
    await _expect_lines(exam, archive, f"{receipt}/lines?start={first}", expected)
    # Another one of that size takes its place.
    lines.reverse()
    await archive.store(receipt, text(lines))
    reply = await exam.get(f"/receipts/{receipt}/lines?start={first}")
    exam.expect(
        exam.json_of(reply) == {"lines": lines[first : first + 10]},
        f"{reply.request}: lines of the receipt that has taken the place of another",
        "they are not",
        site=[*exam.code.writes_shared()[-1:], exam.answer(reply.run)],
    )
    # Wherever a long line is cut, it is cut within a character.
    lines = ["€" * PIECE, *archive.lines(2)]
    receipt = archive.new_id()
    await archive.store(receipt, text(lines))
    await _expect_lines(exam, archive, f"{receipt}/lines", lines)
    for query in ("start=-1", "count=0", "count=-3"):
        reply = await exam.get(f"/receipts/{receipt}/lines?{query}")
        exam.expect_status(reply, 422)


async def _expect_lines(
    exam: Exam, archive: Receipts, target: str, lines: list[str]
) -> None:
    """`GET` answers with these lines."""
    reply = await exam.get(f"/receipts/{target}")
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    try:
        exam.expect_json(reply, {"lines": lines}, source="the receipt")
    except CheckFailed as exc:
        whole = await exam.get(f"/receipts/{target.partition('/')[0]}")
        site = await _line_of_lines(exam, archive, body, whole.body)
        finding = exc.finding
        exam.fail(finding.expected, finding.saw, site=site or finding.site)


async def _line_of_lines(
    exam: Exam, archive: Receipts, answered: Any, whole: bytes
) -> Site | None:
    """The line because of which the lines of a receipt are answered wrongly.

    How a file is decoded and where its lines end is said where it is opened; unless it
    is opened for its bytes. Which of the lines are answered is said further on.
    """
    taking = await _line_that_takes(exam, archive)
    if _are_lines_of(whole, answered):
        return taking
    receipt = await obstructed(exam, archive, Path.mkdir)
    opening = await line_that_fails(exam, "GET", f"{receipt}/lines")
    for_bytes = exam.code.texts("rb") + exam.code.calls("read_bytes")
    return taking if opening in for_bytes else opening


def _are_lines_of(whole: bytes, answered: Any) -> bool:
    """Whether these are lines of the receipt, be they the wrong ones."""
    lines = whole.decode(errors="replace").split("\n")
    got = answered.get("lines") if isinstance(answered, dict) else None
    return isinstance(got, list) and all(
        isinstance(line, str) and line.removesuffix("\n") in lines for line in got
    )


async def _line_that_takes(exam: Exam, archive: Receipts) -> Site | None:
    """The line that takes lines from the file: it fails at one that is no UTF-8.

    Not one that reads the whole file: there no line has been chosen yet.
    """
    far, near = b"x\n" * 100_000 + b"\xff\n", b"\xff\n" * 20
    sites = []
    for body in (far, near):
        receipt = archive.new_id()
        await exam.put(f"/receipts/{receipt}", body=body)
        sites.append(await line_that_fails(exam, "GET", f"{receipt}/lines"))
    return sites[1] if sites[0] is None else None

"""Ids of receipts that are not there, and ids that no receipt may have."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.files_off_the_loop.expectations import change
from graders.suites.files_off_the_loop.world import Receipts, text

# The last two are made of letters and digits, but not of those.
_BAD_IDS = (
    *("..", "a.b", "till%204", "a%5Cb", "a_b", "%00", ".part", "c-4%0A"),
    *("caf%C3%A9", "c-%D9%A3"),
)
_OUTSIDE = ("..%2Fsecret", "%2E%2E%2Fsecret", "..%5Csecret")


@check(
    "errors",
    points=1,
    hint="What does opening a file raise that is not there?",
)
async def test_a_receipt_that_is_not_there_is_a_404(exam: Exam) -> None:
    """A receipt that is not there is a 404, whole and by the line."""
    archive = Receipts(exam)
    await archive.store(archive.new_id(), text(archive.lines(3)))
    missing = archive.new_id()

    exam.expect_status(await archive.read(missing), 404)
    exam.expect_status(await exam.get(f"/receipts/{missing}/lines"), 404)


@check(
    "errors",
    points=2,
    hint="An id becomes a part of a path. Which ids may, and where is that decided?",
    guard=True,
)
async def test_nothing_outside_the_archive_is_touched(exam: Exam) -> None:
    """An id with other characters is a 422, and nothing outside the archive is read."""
    archive = Receipts(exam)
    secret = archive.some_bytes(40)
    for name in ("secret", "secret.txt"):
        (exam.folder / name).write_bytes(secret)
    before = archive.look()
    # Where it is said which ids there may be.
    rules = exam.code.gives("pattern", "min_length", "max_length")
    rules += exam.code.calls("compile", "match", "fullmatch", "search", "isalnum")
    for receipt in (*_BAD_IDS, *_OUTSIDE):
        allowed = (422, 404, 405) if "%2F" in receipt else (422,)
        for method, tail in (("PUT", ""), ("GET", ""), ("GET", "/lines")):
            body = b"x\n" if method == "PUT" else None
            reply = await exam.request(method, f"/receipts/{receipt}{tail}", body=body)
            exam.expect(
                reply.status in allowed,
                f"{method} with the id {receipt!r} answers 422",
                str(reply.status),
                site=[*rules, exam.endpoint(reply.run)],
            )
            await exam.settle()
            expected, saw = change(before, archive.look())
            exam.expect(
                not expected,
                f"{expected} after {method}",
                saw,
                site=exam.answer(reply.run),
            )

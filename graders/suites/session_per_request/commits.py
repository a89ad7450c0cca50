"""Commits: done before the answer begins."""

from __future__ import annotations

from graders.proctor import Exam, Reply, check
from graders.suites.session_per_request.causes import unsaved
from graders.suites.session_per_request.world import (
    Row,
    id_of,
    lending,
    new_book,
    new_loan,
    post_and_look,
    shelve,
)

_HINT = (
    "When an endpoint returns, its answer is on its way. Which line commits, and "
    "has it been awaited by then, or does it come after a `yield`?"
)


@check("awaits", points=3, hint=_HINT)
async def test_a_new_book_is_committed_before_the_answer_begins(exam: Exam) -> None:
    """A new book is committed before the answer begins."""
    reply, seen = await post_and_look(exam, "/books", new_book(exam))
    _expect_committed(exam, reply, seen)


@check("awaits", points=2, hint=_HINT)
async def test_a_loan_is_committed_before_the_answer_begins(exam: Exam) -> None:
    """A loan, and the book that is lent, are committed before the answer begins."""
    (number,) = shelve(exam, 1)
    reply, seen = await post_and_look(exam, lending(number), new_loan(exam))
    _expect_committed(exam, reply, [row for row in seen if "reader" in row])
    exam.expect(
        any(row["id"] == number and row.get("lent") for row in seen),
        f"{reply.request}: the book is lent when the answer begins",
        "it is still free",
        site=unsaved(exam, reply),
    )


def _expect_committed(exam: Exam, reply: Reply, seen: list[Row]) -> None:
    """What the reply promises was in the database when the reply began."""
    exam.expect_status(reply, 201)
    number = id_of(exam, reply)
    exam.expect(
        number in [row["id"] for row in seen],
        f"{reply.request}: the new row is committed when the answer begins",
        "others could not see it yet",
        site=unsaved(exam, reply),
    )

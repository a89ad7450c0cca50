"""Answers that say what stands in the database."""

from __future__ import annotations

from graders.proctor import Exam, Reply, check
from graders.suites.session_per_request.causes import unsaved
from graders.suites.session_per_request.expectations import expect_body
from graders.suites.session_per_request.world import (
    Row,
    add,
    books,
    lend,
    lending,
    loans,
    mark_as_lent,
    new_book,
    new_loan,
    post_and_look,
    shelve,
)


@check(
    "awaits",
    points=2,
    hint="After a commit an object's attributes are expired, and reading one needs the "
    "database. Who awaits that?",
)
async def test_the_answer_carries_what_the_database_made(exam: Exam) -> None:
    """The answer to a new book, and to a loan, carries what the database made."""
    (number,) = shelve(exam, 1)
    book = new_book(exam)
    reply, _ = await post_and_look(exam, "/books", book)
    exam.expect_status(reply, 201)
    rows = [row for row in books(exam) if row["id"] != number]
    _expect_made(exam, reply, "book", rows, book)

    loan = new_loan(exam)
    reply, _ = await post_and_look(exam, lending(number), loan)
    exam.expect_status(reply, 201)
    _expect_made(exam, reply, "loan", loans(exam), {"book_id": number, **loan})


def _expect_made(
    exam: Exam, reply: Reply, noun: str, rows: list[Row], sent: Row
) -> None:
    """The only row is what was sent, and the reply tells all of it."""
    exam.expect(
        [{key: row[key] for key in sent} for row in rows] == [sent],
        f"the new {noun} in the database",
        "it is not there, or not as it was sent",
        site=exam.answer(reply.run) if rows else unsaved(exam, reply),
    )
    expect_body(exam, reply, 201, rows[0])


@check(
    "awaits",
    points=2,
    hint="What does a call of the session give back before it is awaited, and after?",
)
async def test_books_are_read_as_they_stand_in_the_database(exam: Exam) -> None:
    """One book, and all of them in order, are read as they stand in the database."""
    expect_body(exam, await exam.get("/books"), 200, [])
    await exam.settle()
    mark_as_lent(exam, exam.random.choice(shelve(exam, 4)))

    await _expect_all_read(exam)

    await add(exam)
    await exam.settle()
    await _expect_all_read(exam)
    for row in books(exam)[-2:]:
        await lend(exam, row["id"])
    await exam.settle()
    await _expect_all_read(exam)
    shelve(exam, 130)  # not stated: more than lists are cut at by habit
    expect_body(exam, await exam.get("/books"), 200, books(exam))


async def _expect_all_read(exam: Exam) -> None:
    rows = books(exam)
    expect_body(exam, await exam.get("/books"), 200, rows)
    for row in rows:
        expect_body(exam, await exam.get(f"/books/{row['id']}"), 200, row)

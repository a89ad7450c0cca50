"""Errors: what is answered then, and what is saved."""

from __future__ import annotations

from graders.proctor import Exam, Reply, check
from graders.suites.session_per_request.causes import lent, saved, swallowed
from graders.suites.session_per_request.expectations import (
    AFTERWARDS,
    expect_refused,
    expect_written,
)
from graders.suites.session_per_request.world import (
    UNKNOWN,
    books,
    lend,
    lending,
    let_fail,
    loans,
    mend,
    new_book,
    new_loan,
    post_and_look,
    shelve,
)

_LOOKS_FIRST = "What must be known about the book before anything is written?"


@check(
    "errors",
    points=2,
    hint="An HTTPException passes through your dependency on its way out. What does "
    "the dependency do with it?",
    guard=True,
)
async def test_an_unknown_book_is_a_404(exam: Exam) -> None:
    """A book that does not exist is a 404, for reading and for lending."""
    shelve(exam, 2)
    expect_refused(exam, await exam.get(f"/books/{UNKNOWN}"), 404)
    reply = await lend(exam, UNKNOWN)
    expect_refused(exam, reply, 404)
    _expect_no_loan(exam, reply, advice=_LOOKS_FIRST)


@check("errors", points=2, hint=_LOOKS_FIRST)
async def test_a_book_that_is_lent_is_a_409(exam: Exam) -> None:
    """A book that is lent already is a 409, and nothing is written."""
    free, other = shelve(exam, 2)
    first = await lend(exam, free)
    exam.expect_status(first, 201)
    await exam.settle()
    before = loans(exam)

    again = await lend(exam, free)
    exam.expect(
        again.status != 201,
        f"{again.request} answers 409",
        "201",
        site=lent(exam, again),
    )
    expect_refused(exam, again, 409)
    await exam.settle()
    exam.expect(
        loans(exam) == before,
        "no new loan after a 409",
        "there is one",
        site=saved(exam, again),
    )
    exam.expect_status(await lend(exam, other), 201)


@check(
    "errors",
    points=3,
    hint="How many transactions does lending take, and what has become permanent when "
    "the second write fails?",
)
async def test_lending_is_saved_whole_or_not_at_all(exam: Exam) -> None:
    """When one of two writes fails nothing of a loan is saved, and the next works."""
    (number,) = shelve(exam, 1)
    for write in ("INSERT ON loans", "UPDATE ON books"):
        let_fail(exam, write)
        reply = await lend(exam, number)
        await exam.settle()
        exam.expect(
            not 200 <= reply.status < 300,
            f"{reply.request}: no 2xx when a write fails",
            f"{reply.status}",
            site=swallowed(exam, reply),
        )
        _expect_no_loan(exam, reply)
        exam.expect(
            not any(row["lent"] for row in books(exam)),
            "a book that is free after its loan has failed",
            "it is lent",
            site=saved(exam, reply),
        )
        mend(exam, write)

    exam.expect_status(await lend(exam, number), 201, advice=AFTERWARDS)


@check(
    "errors",
    points=2,
    hint="A commit is a call that can fail like any other. What has your client been "
    "told by the time it does?",
    guard=True,
)
async def test_a_commit_that_fails_is_no_success(exam: Exam) -> None:
    """A commit that fails is never answered with a success."""
    (number,) = shelve(exam, 1)
    with exam.database.commits_fail():
        book, after_book = await post_and_look(exam, "/books", new_book(exam))
        loan, after_loan = await post_and_look(exam, lending(number), new_loan(exam))
    for reply, noun, there in (
        (book, "book", len(after_book) == 2),
        (loan, "loan", any("reader" in row for row in after_loan)),
    ):
        if 200 <= reply.status < 300:
            exam.expect(
                there,
                f"{reply.request}: no 2xx when the commit fails",
                f"{reply.status}, and the {noun} is not in the database",
                site=swallowed(exam, reply),
            )
        else:
            expect_written(exam, reply)


def _expect_no_loan(exam: Exam, reply: Reply, *, advice: str = "") -> None:
    exam.expect(
        not loans(exam),
        f"no loan in the database after a {reply.status}",
        "there is one",
        advice=advice,
        site=saved(exam, reply),
    )

"""What must have come of the visits of a morning: answers, and rows."""

from __future__ import annotations

from functools import partial

from graders.proctor import Exam, Reply
from graders.suites.session_per_request.causes import saved
from graders.suites.session_per_request.expectations import AFTERWARDS, expect_body
from graders.suites.session_per_request.plans import Morning, Visit
from graders.suites.session_per_request.world import Row, books, id_of, loans, timed


def expect_served(
    exam: Exam,
    visit: Visit,
    number: int,
    reply: Reply,
    served: list[tuple[Visit, Reply]],
    before: list[Row],
) -> None:
    """The answer to a visit is its own, and agrees with what is saved."""
    alike = [(one, other) for one, other in served if one.title == visit.title]
    if visit.does == "read":
        (row,) = [row for row in before if row["id"] == number]
        lending = next((other for one, other in alike if one.does == "lend"), None)
        _expect_one_of(exam, reply, 200, _as_read(row, reply, lending))
    elif visit.does == "list":
        _expect_listed(exam, reply, served, before)
    elif visit.does == "add":
        rows = [row for row in books(exam) if row["title"] == visit.title]
        _expect_saved(exam, reply, rows, len(alike), author=visit.author)
        earlier = alike[: alike.index((visit, reply))]
        exam.expect(
            id_of(exam, reply) not in [id_of(exam, one) for _, one in earlier],
            f"{reply.request}: a book of its own",
            "another request was answered with the same one",
            site=exam.answer(reply.run),
        )
    elif visit.does == "lend":
        rows = [row for row in loans(exam) if row["book_id"] == number]
        _expect_saved(exam, reply, rows, 1, reader=visit.reader)


def _as_read(row: Row, reply: Reply, lending: Reply | None) -> list[Row]:
    """How a reply may show a book: whoever asks after it was lent sees that it is."""
    if lending is None:
        return [row]
    shown = []
    if reply.began <= lending.ended:
        shown.append(row | {"lent": False})
    if lending.began <= reply.ended:
        shown.append(row | {"lent": True})
    return shown


def _expect_one_of(exam: Exam, reply: Reply, status: int, rows: list[Row]) -> None:
    told = timed(exam.json_of(reply))
    expect_body(exam, reply, status, told if told in rows else rows[-1])


def _expect_listed(
    exam: Exam,
    reply: Reply,
    served: list[tuple[Visit, Reply]],
    before: list[Row],
) -> None:
    """All books that were there when it was asked, and perhaps some that came later."""
    body = timed(exam.json_of(reply))
    listed = [row.get("id") for row in body if isinstance(row, dict)]
    exam.expect(
        listed == sorted(listed, key=lambda one: (one is None, one)),
        f"{reply.request}: the books in the order of their ids",
        "another order",
        site=exam.answer(reply.run),
    )
    kept = {row["id"]: row for row in books(exam)}
    due = {row["id"] for row in before} | {
        id_of(exam, other)
        for visit, other in served
        if visit.does == "add" and other.ended < reply.began
    }
    exam.expect(
        due <= set(listed) <= set(kept) and len(listed) == len(set(listed)),
        f"{reply.request}: all books, and no others",
        "other books",
        site=exam.answer(reply.run),
    )
    lent_by = {
        row["id"]: other
        for row in before
        for visit, other in served
        if visit.does == "lend" and visit.title == row["title"]
    }
    shown = [_as_read(kept[one], reply, lent_by.get(one)) for one in listed]
    right = [
        row if row in rows else rows[-1] for row, rows in zip(body, shown, strict=False)
    ]
    expect_body(exam, reply, 200, right)


def _expect_saved(
    exam: Exam, reply: Reply, rows: list[Row], count: int, **sent: str
) -> None:
    """So many requests have sent the same: each has saved it once, as it was sent."""
    as_sent = [row for row in rows if row.items() >= sent.items()]
    exam.expect(
        len(as_sent) == len(rows) == count,
        f"{reply.request}: each request saves its own, once, as it was sent",
        f"{count} sent, {len(as_sent)} saved so",
        site=[*exam.code.writes_shared(), exam.answer(reply.run)],
    )
    _expect_one_of(exam, reply, 201, rows)


def expect_nothing_else(
    exam: Exam, plan: Morning, replies: list[Reply], before: list[Row]
) -> None:
    """Nobody saved more than was asked for; what was lent is lent."""
    expect = partial(exam.expect, advice=AFTERWARDS, site=saved(exam, replies[-1]))
    made = loans(exam)
    asked = [visit.does for visit in plan.visits].count("lend")
    expect(len(made) == asked, f"{asked} loans in the database", f"{len(made)}")
    known = {row["id"] for row in before}
    added = {visit.title for visit in plan.visits if visit.does == "add"}
    lent = {row["id"] for row in before if row["lent"]}
    lent |= {loan["book_id"] for loan in made}
    for row in books(exam):
        expect(
            row["id"] in known or row["title"] in added,
            "only the books that were added are saved",
            "another one is there, too",
        )
        expect(
            row["lent"] == (row["id"] in lent),
            "a book is lent if there is a loan of it",
            "it is lent without one" if row["lent"] else "it is free, with a loan",
        )

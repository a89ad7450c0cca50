"""Library loans: sessions and commits, judged from the database and its connections."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from graders.proctor import (
    FREEDOMS,
    Ask,
    CheckFailed,
    Exam,
    Observation,
    Reply,
    Site,
    check,
    every_schedule,
    seconds,
)

_TITLES = (
    "Emma",
    "Persuasion",
    "Middlemarch",
    "Villette",
    "Cranford",
    "Lady Audley's Secret",
)
_AUTHORS = ("Jane Austen", "George Eliot", "Charlotte Brontë", "Elizabeth Gaskell")
_READERS = ("Ines D'Souza", "Tomasz Wilk", "Noor Rahman", "Ada Moreau", "Finn O'Neill")
_UNKNOWN = 9_999
_LOOKS_FIRST = "What must be known about the book before anything is written?"
_SPEAKS_ON = "The error has come as far as this line. Who hears of it after that?"
_AFTERWARDS = (
    "The write that failed is over. What did it leave behind: in your session, or in "
    "the database?"
)
_BOOK = "SELECT id, title, author, lent, created_at FROM books"
_LOAN = "SELECT id, book_id, reader, lent_at FROM loans"


def world(exam: Exam) -> None: ...


def _shelve(exam: Exam, count: int) -> list[int]:
    """Put books into the database; their ids."""
    ids = sorted(exam.random.sample(range(100, 9_000), count))
    for number in ids:
        day = f"{exam.random.randint(1990, 2020)}-05-17 08:30:00"
        exam.database.execute(
            "INSERT INTO books (id, title, author, created_at) VALUES (?, ?, ?, ?)",
            number,
            exam.random.choice(_TITLES),
            exam.random.choice(_AUTHORS),
            day,
        )
    return ids


def _new_book(exam: Exam) -> dict[str, str]:
    return {
        "title": exam.random.choice(_TITLES),
        "author": exam.random.choice(_AUTHORS),
    }


def _new_loan(exam: Exam) -> dict[str, str]:
    return {"reader": exam.random.choice(_READERS)}


def _books(exam: Exam) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "title": title,
            "author": author,
            "lent": bool(lent),
            "created_at": _as_time(created_at),
        }
        for number, title, author, lent, created_at in exam.database.rows(
            f"{_BOOK} ORDER BY id"
        )
    ]


def _loans(exam: Exam) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "book_id": book_id,
            "reader": reader,
            "lent_at": _as_time(lent_at),
        }
        for number, book_id, reader, lent_at in exam.database.rows(_LOAN)
    ]


def _expect_body(exam: Exam, reply: Reply, status: int, rows: Any) -> None:
    """The reply is what stands in the database; dates may be in any ISO form."""
    exam.expect_status(reply, status)
    told = replace(reply, body=json.dumps(_timed(exam.json_of(reply))).encode())
    exam.expect_json(told, rows, source="the database")


def _timed(body: Any) -> Any:
    """The JSON of a body, with its dates as they stand in the database."""
    for item in body if isinstance(body, list) else [body]:
        if isinstance(item, dict):
            for key in ("created_at", "lent_at"):
                if key in item:
                    item[key] = _as_time(item[key])
    return body


def _as_time(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None).isoformat(" ")
    except (TypeError, ValueError):
        return value


async def _post(
    exam: Exam, target: str, content: dict[str, str]
) -> tuple[Reply, list[Any]]:
    """Post, and look into the database at the very moment the response starts.

    Returns:
        The reply, and what was committed then: all books and loans.
    """
    seen: list[Any] = []
    trouble: list[CheckFailed] = []

    def look() -> None:
        try:
            seen.extend([*_books(exam), *_loans(exam)])
        except CheckFailed as exc:
            trouble.append(exc)

    exchange = exam.start("POST", target, json=content)
    exchange.on_start = look
    reply = await exchange.reply()
    if trouble:
        raise trouble[0]
    await exam.settle()
    return reply, seen


def _expect_committed(exam: Exam, reply: Reply, seen: list[Any]) -> None:
    """What the reply promises was in the database when the reply began."""
    exam.expect_status(reply, 201)
    body = exam.json_of(reply)
    number = body.get("id") if isinstance(body, dict) else None
    exam.expect(
        number in [row["id"] for row in seen],
        f"{reply.request}: the new row is committed when the answer begins",
        "others could not see it yet",
        site=_unsaved(exam, reply),
    )


# --- the line to show -----------------------------------------------------------------


def _used(exam: Exam, reply: Reply, method: str) -> list[Site]:
    """The lines at which a request called this method of its session, in order."""
    return [
        item.site
        for item in exam.database.of("session used", run=reply.run)
        if item.detail == method and item.site is not None
    ]


def _saved(exam: Exam, reply: Reply) -> Site | None:
    """The line that made permanent what should not have become so."""
    return next(iter(_used(exam, reply, "commit")), exam.answer(reply.run))


def _unsaved(exam: Exam, reply: Reply) -> Site | None:
    """Why nothing was committed when the answer began.

    The commit comes too late; or one is only spoken of, as when it is handed on; or the
    last flush was taken for one.
    """
    return next(
        (
            site
            for site in (
                *_used(exam, reply, "commit")[-1:],
                _handed_on(exam, reply),
                *_used(exam, reply, "flush")[-1:],
            )
            if site is not None
        ),
        exam.answer(reply.run),
    )


def _swallowed(exam: Exam, reply: Reply) -> Site | None:
    """The clause that kept the error of a write that has failed, or else the answer."""
    writes = [*_used(exam, reply, "commit"), *_used(exam, reply, "flush")]
    keeping = exam.code.handlers()
    clauses = [
        clause
        for write in writes
        for clause in exam.code.clauses(write) or exam.code.guards(write)
        if clause in keeping
    ]
    return [*clauses, exam.answer(reply.run)][0]


def _handed_on(exam: Exam, reply: Reply) -> Site | None:
    """The last line that speaks of a commit, in the endpoint as far as its answer."""
    return [None, *_on_the_way(exam, reply, exam.code.mentions("commit"))][-1]


def _lent(exam: Exam, reply: Reply) -> Site | None:
    """The line of the endpoint that lends the book, whoever has it."""
    gives = _on_the_way(exam, reply, exam.code.gives("lent"))
    return [*gives, exam.answer(reply.run)][0]


def _on_the_way(exam: Exam, reply: Reply, sites: list[Site]) -> list[Site]:
    """Those of the lines that stand in the endpoint, as far as its answer."""
    first, last = exam.endpoint(reply.run), exam.answer(reply.run)
    if first is None or last is None:
        return []
    return [site for site in sites if first.line < site.line <= last.line]


# --- sessions -------------------------------------------------------------------------


@check(
    "resources",
    points=4,
    hint="Which line ends the session, and is it reached when the endpoint raises?",
    guard=True,
)
async def test_every_session_ends_with_its_request(exam: Exam) -> None:
    """After 200, 201, 404, 409 and a failure the session lets its connection go."""
    free, lent = _shelve(exam, 2)
    exam.database.execute("UPDATE books SET lent = 1 WHERE id = ?", lent)
    exam.database.execute(
        "INSERT INTO loans (book_id, reader) VALUES (?, ?)", lent, "Samir Haddad"
    )

    await _expect_given_back(exam, await exam.get(f"/books/{free}"))
    await _expect_given_back(exam, await exam.get("/books"))
    await _expect_given_back(exam, await exam.post("/books", json=_new_book(exam)))
    await _expect_given_back(exam, await exam.get(f"/books/{_UNKNOWN}"))
    loan = _new_loan(exam)
    await _expect_given_back(exam, await exam.post(f"/books/{lent}/loan", json=loan))
    exam.database.execute(_broken("INSERT ON loans"))
    await _expect_given_back(exam, await exam.post(f"/books/{free}/loan", json=loan))


async def _expect_given_back(exam: Exam, reply: Reply) -> None:
    await exam.settle()
    _expect_written(exam, reply)
    after = f"{reply.request}: after its {reply.status}"
    for item in exam.database.checkouts_open:
        exam.fail(
            f"{after} no connection is in use",
            f"{exam.database.connections_out} in use",
            site=_left_open(exam) or item.site,
        )
    if exam.database.sessions_open:
        exam.fail(
            f"{after} no transaction is open",
            "its session holds one",
            site=_left_open(exam),
        )


def _expect_written(exam: Exam, reply: Reply) -> None:
    """The endpoint does something; what it answers is judged elsewhere."""
    exam.expect(
        reply.status != 501,
        f"{reply.request} is written",
        "501",
        site=exam.endpoint(reply.run),
    )


def _left_open(exam: Exam) -> Any:
    return next((item.site for item in exam.database.sessions_open), None)


def _opened(exam: Exam, key: int) -> Any:
    """Where a session was made."""
    for item in exam.database.of("session opened"):
        if item.key == key:
            return item.site
    return None


def _broken(event: str) -> str:
    """SQL that lets a write fail from now on; `_MEND` ends it."""
    return (
        f"CREATE TRIGGER broken BEFORE {event} "
        "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )


_MEND = "DROP TRIGGER broken"


# --- what is committed, and what is answered ------------------------------------------


@check(
    "awaits",
    points=3,
    hint="When an endpoint returns, its answer is on its way. Which line commits, and "
    "has it been awaited by then, or does it come after a `yield`?",
)
async def test_a_new_book_is_committed_before_the_answer_begins(exam: Exam) -> None:
    """A new book is committed before the answer begins."""
    reply, seen = await _post(exam, "/books", _new_book(exam))
    _expect_committed(exam, reply, seen)


@check(
    "awaits",
    points=2,
    hint="When an endpoint returns, its answer is on its way. Which line commits, and "
    "has it been awaited by then, or does it come after a `yield`?",
)
async def test_a_loan_is_committed_before_the_answer_begins(exam: Exam) -> None:
    """A loan, and the book that is lent, are committed before the answer begins."""
    (number,) = _shelve(exam, 1)
    reply, seen = await _post(exam, f"/books/{number}/loan", _new_loan(exam))
    _expect_committed(exam, reply, [row for row in seen if "reader" in row])
    exam.expect(
        any(row["id"] == number and row.get("lent") for row in seen),
        f"{reply.request}: the book is lent when the answer begins",
        "it is still free",
        site=_unsaved(exam, reply),
    )


@check(
    "awaits",
    points=2,
    hint="After a commit an object's attributes are expired, and reading one needs the "
    "database. Who awaits that?",
)
async def test_the_answer_carries_what_the_database_made(exam: Exam) -> None:
    """The answer to a new book, and to a loan, carries what the database made."""
    (number,) = _shelve(exam, 1)
    book = _new_book(exam)
    reply, _ = await _post(exam, "/books", book)
    exam.expect_status(reply, 201)
    rows = [row for row in _books(exam) if row["id"] != number]
    exam.expect(
        [{key: row[key] for key in book} for row in rows] == [book],
        "the new book in the database",
        "it is not there, or not as it was sent",
        site=exam.answer(reply.run) if rows else _unsaved(exam, reply),
    )
    _expect_body(exam, reply, 201, rows[0])

    loan = _new_loan(exam)
    reply, _ = await _post(exam, f"/books/{number}/loan", loan)
    exam.expect_status(reply, 201)
    loans = _loans(exam)
    exam.expect(
        [(row["book_id"], row["reader"]) for row in loans]
        == [(number, loan["reader"])],
        "the new loan in the database",
        "it is not there, or not as it was sent",
        site=exam.answer(reply.run) if loans else _unsaved(exam, reply),
    )
    _expect_body(exam, reply, 201, loans[0])


@check(
    "awaits",
    points=2,
    hint="What does a call of the session give back before it is awaited, and after?",
)
async def test_books_are_read_as_they_stand_in_the_database(exam: Exam) -> None:
    """One book, and all of them in order, are read as they stand in the database."""
    _expect_body(exam, await exam.get("/books"), 200, [])
    await exam.settle()
    numbers = _shelve(exam, 4)
    lent = exam.random.choice(numbers)
    exam.database.execute("UPDATE books SET lent = 1 WHERE id = ?", lent)

    await _expect_all_read(exam)

    await exam.post("/books", json=_new_book(exam))
    await exam.settle()
    await _expect_all_read(exam)
    for row in _books(exam)[-2:]:
        await exam.post(f"/books/{row['id']}/loan", json=_new_loan(exam))
    await exam.settle()
    await _expect_all_read(exam)


async def _expect_all_read(exam: Exam) -> None:
    rows = _books(exam)
    _expect_body(exam, await exam.get("/books"), 200, rows)
    for row in rows:
        _expect_body(exam, await exam.get(f"/books/{row['id']}"), 200, row)


# --- one session for each request -----------------------------------------------------


@check(
    "resources",
    points=4,
    hint="How often does the line run that makes your session, and how many requests "
    "can reach the session that it made?",
)
async def test_every_request_has_a_session_of_its_own(exam: Exam) -> None:
    """Every request works with one session, and no two requests with the same."""
    first, *others = _shelve(exam, 5)
    exam.database.statements_take(0.1)
    replies = [await exam.post("/books", json=_new_book(exam))]
    replies += [await exam.get(f"/books/{first}") for _ in range(2)]
    replies += await asyncio.gather(
        *(exam.get(f"/books/{number}") for number in others), exam.get("/books")
    )
    for reply in replies:
        exam.expect_status(reply, 201 if reply is replies[0] else 200)
    for book in (first, first, _UNKNOWN):
        await exam.settle()
        replies.append(await exam.post(f"/books/{book}/loan", json=_new_loan(exam)))
        _expect_written(exam, replies[-1])

    _expect_own_sessions(exam, replies)


def _expect_own_sessions(exam: Exam, replies: list[Reply]) -> None:
    """No session served two requests, or one request twice at once."""
    shared = exam.database.shared_between(*(reply.run for reply in replies))
    if shared is not None:
        origin = _opened(exam, shared.key)
        exam.fail(
            "a session that no other request uses",
            "two requests used the same one",
            site=origin or shared.site,
        )
    for reply in replies:
        keys = exam.database.sessions_of(reply.run)
        exam.expect(
            len(keys) <= 1,
            f"{reply.request}: one session",
            f"{len(keys)} sessions",
            advice="Which lines make a session during one request? Could the second "
            "use what the first has made?",
            site=_opened(exam, _one_too_many(exam, keys)),
        )
    for item in exam.evidence:
        exam.expect(
            item.kind != "session overlap",
            "a session is used by one call at a time",
            f"`{item.detail}` was called while another call was under way",
            advice="A session speaks to the database over one connection. Which of "
            "your calls does not wait for the one before?",
            site=item.site,
        )


def _one_too_many(exam: Exam, keys: set[int]) -> int:
    """Of the sessions of a request the one that was closed first.

    The request's own session stays with it to its end.
    """
    closed = [item.key for item in exam.database.of("session closed")]
    return min(
        sorted(keys, reverse=True),
        key=lambda key: closed.index(key) if key in closed else len(closed),
        default=0,
    )


# --- errors ---------------------------------------------------------------------------


@check(
    "errors",
    points=2,
    hint="An HTTPException passes through your dependency on its way out. What does "
    "the dependency do with it?",
    guard=True,
)
async def test_an_unknown_book_is_a_404(exam: Exam) -> None:
    """A book that does not exist is a 404, for reading and for lending."""
    _shelve(exam, 2)
    _expect_refused(exam, await exam.get(f"/books/{_UNKNOWN}"), 404)
    lending = await exam.post(f"/books/{_UNKNOWN}/loan", json=_new_loan(exam))
    _expect_refused(exam, lending, 404)
    _expect_no_loan(exam, lending, advice=_LOOKS_FIRST)


@check(
    "errors",
    points=2,
    hint=_LOOKS_FIRST,
)
async def test_a_book_that_is_lent_is_a_409(exam: Exam) -> None:
    """A book that is lent already is a 409, and nothing is written."""
    free, other = _shelve(exam, 2)
    first = await exam.post(f"/books/{free}/loan", json=_new_loan(exam))
    exam.expect_status(first, 201)
    await exam.settle()
    before = _loans(exam)

    again = await exam.post(f"/books/{free}/loan", json=_new_loan(exam))
    exam.expect(
        again.status != 201,
        f"{again.request} answers 409",
        "201",
        site=_lent(exam, again),
    )
    _expect_refused(exam, again, 409)
    await exam.settle()
    exam.expect(
        _loans(exam) == before,
        "no new loan after a 409",
        "there is one",
        site=_saved(exam, again),
    )
    exam.expect_status(
        await exam.post(f"/books/{other}/loan", json=_new_loan(exam)), 201
    )


@check(
    "errors",
    points=3,
    hint="How many transactions does lending take, and what has become permanent when "
    "the second write fails?",
)
async def test_lending_is_saved_whole_or_not_at_all(exam: Exam) -> None:
    """When one of two writes fails nothing of a loan is saved, and the next works."""
    (number,) = _shelve(exam, 1)
    for event in ("INSERT ON loans", "UPDATE ON books"):
        exam.database.execute(_broken(event))
        reply = await exam.post(f"/books/{number}/loan", json=_new_loan(exam))
        await exam.settle()
        exam.expect(
            not 200 <= reply.status < 300,
            f"{reply.request}: no 2xx when a write fails",
            f"{reply.status}",
            site=_swallowed(exam, reply),
        )
        _expect_no_loan(exam, reply)
        exam.expect(
            not any(row["lent"] for row in _books(exam)),
            "a book that is free after its loan has failed",
            "it is lent",
            site=_saved(exam, reply),
        )
        exam.database.execute(_MEND)

    reply = await exam.post(f"/books/{number}/loan", json=_new_loan(exam))
    exam.expect_status(reply, 201, advice=_AFTERWARDS)


@check(
    "errors",
    points=2,
    hint="A commit is a call that can fail like any other. What has your client been "
    "told by the time it does?",
    guard=True,
)
async def test_a_commit_that_fails_is_no_success(exam: Exam) -> None:
    """A commit that fails is never answered with a success."""
    (number,) = _shelve(exam, 1)
    with exam.database.commits_fail():
        book, books = await _post(exam, "/books", _new_book(exam))
        loan, loans = await _post(exam, f"/books/{number}/loan", _new_loan(exam))
    for reply, noun, saved in (
        (book, "book", len(books) == 2),
        (loan, "loan", any("reader" in row for row in loans)),
    ):
        if 200 <= reply.status < 300:
            exam.expect(
                saved,
                f"{reply.request}: no 2xx when the commit fails",
                f"{reply.status}, and the {noun} is not in the database",
                site=_swallowed(exam, reply),
            )
        else:
            _expect_written(exam, reply)


def _expect_no_loan(exam: Exam, reply: Reply, *, advice: str = "") -> None:
    exam.expect(
        not _loans(exam),
        f"no loan in the database after a {reply.status}",
        "there is one",
        advice=advice,
        site=_saved(exam, reply),
    )


def _expect_refused(exam: Exam, reply: Reply, status: int) -> None:
    """As `exam.expect_status`; where a refusal got lost it shows who had it last."""
    failure = reply.failure
    handled = _used(exam, reply, "rollback")
    if failure is not None and failure.site is None and handled:
        # FastAPI itself complains then, and no line of the learner's has raised that.
        exam.fail(
            f"{reply.request} answers {status}",
            reply.told,
            advice=_SPEAKS_ON,
            site=handled[-1],
        )
    if failure is None and reply.status >= 500:
        # Somebody caught what was raised, and answers with something else.
        names = ("HTTPException", "Exception", "BaseException")
        clauses = exam.code.handlers(*names, raising=True)
        exam.fail(
            f"{reply.request} answers {status}",
            reply.told,
            site=clauses[0] if clauses else exam.answer(reply.run),
        )
    exam.expect_status(reply, status)


# --- whatever the schedule ------------------------------------------------------------

# What somebody does, and the statuses that this may be answered with.
_ERRORS = range(400, 600)
_DOES = {
    "add": (201,),
    "list": (200,),
    "read": (200,),
    "lend": (201,),
    "read what is unknown": (404,),
    "lend what is unknown": (404,),
    "lend what is lent": (409,),
    "add what cannot be saved": _ERRORS,
    "lend to whom nothing can be lent": _ERRORS,
    "lend what cannot be marked": _ERRORS,
}
# Writes that fail, told by their data, so that all others work meanwhile.
_CANNOT = "(unsavable)"
_TRIGGERS = (
    ("books", "INSERT", "NEW.title"),
    ("loans", "INSERT", "NEW.reader"),
    ("books", "UPDATE", "NEW.author"),
)


@dataclass(frozen=True)
class Visit:
    """What somebody does when; visits with the same title are about one book."""

    at: float
    does: str
    title: str
    author: str
    reader: str


@dataclass(frozen=True)
class Morning:
    """Visits, and how long a statement takes (s)."""

    visits: tuple[Visit, ...]
    statement: float

    def __post_init__(self) -> None:
        if not self.visits:
            raise ValueError("nobody comes")
        lent = [one.title for one in self.visits if one.does.startswith("lend")]
        if len(lent) > len(set(lent)):
            raise ValueError("who gets a book that two want is not looked at")


def _drawn_morning(draw: Random) -> Morning:
    # Often most want the same, and often at the same moment.
    wish = draw.choice((None, "add", "lend", "lend"))
    rush = draw.random() < 0.5
    statement = seconds(draw, 0.25, 0.0625)
    visits = [
        Visit(
            0.125 if rush and draw.random() < 0.7 else seconds(draw, 0.5),
            wish if wish and draw.random() < 0.7 else draw.choice([*_DOES]),
            f"{draw.choice(_TITLES)}, Ada's copy {number}",
            f"{draw.choice(_AUTHORS)} the {number}th",
            draw.choice(_READERS),
        )
        for number in draw.sample(range(4, 20), draw.randint(2, 3))
    ]
    for visit in draw.sample(visits, draw.randint(1, 2)):
        # Somebody else comes for the same book, at once or some statements later.
        later = draw.choice((0, draw.randint(1, 6)))
        also = visit.does.replace("lend what is unknown", "read what is unknown")
        if also.startswith("lend"):
            also = "read"
        visits.append(replace(visit, at=visit.at + later * statement, does=also))
    return Morning(tuple(visits), statement)


@every_schedule(
    "resources",
    points=2,
    hint="What do two requests share in your module, and what becomes of it while both "
    "wait for the database?",
    plans=_drawn_morning,
    count=5,
    # Ids and moments depend on who comes first: what is promised stands below.
    free=FREEDOMS,
    stops=True,
)
async def test_requests_that_overlap_keep_apart(
    exam: Exam, plan: Morning
) -> Observation:
    """Requests that overlap answer and save each its own, also when one fails"""
    numbers = _cleared(exam, [visit.title for visit in plan.visits])
    for table, event, value in _TRIGGERS:
        exam.database.execute(
            f"CREATE TRIGGER IF NOT EXISTS broken_{event}_{table} "
            f"BEFORE {event} ON {table} WHEN {value} LIKE '%{_CANNOT}' "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    exam.database.statements_take(plan.statement)
    for visit in plan.visits:
        _stand_ready(exam, visit, numbers[visit.title])
    before = _books(exam)

    seen = await exam.carry_out(
        [_ask(visit, numbers[visit.title]) for visit in plan.visits]
    )

    exam.database.statements_take(0)
    replies = [reply for reply in seen.replies if reply is not None]
    _expect_own_sessions(exam, replies)
    served = list(zip(plan.visits, replies, strict=True))
    for visit, reply in served:
        statuses = _DOES[visit.does]
        if reply.status not in statuses:
            _expect_refused(exam, reply, statuses[0])
    for visit, reply in served:
        _expect_served(exam, visit, numbers[visit.title], reply, served, before)
    _expect_nothing_else(exam, plan, replies, before)
    for visit in plan.visits:
        if visit.does == "lend":
            (row,) = [row for row in _books(exam) if row["title"] == visit.title]
            again = await exam.get(f"/books/{row['id']}")
            _expect_body(exam, again, 200, row)
    return seen


def _cleared(exam: Exam, titles: list[str]) -> dict[str, int]:
    """Clear the library but for one book; ids for others, which no book had before."""
    last = max((row["id"] for row in _books(exam)), default=0)
    exam.database.execute("DELETE FROM loans")
    exam.database.execute("DELETE FROM books")
    # New books come after the last of these, and before the first of the next plan.
    first, *others = (
        last + 100 * number
        for number in sorted(exam.random.sample(range(1, 90), len(titles) + 1))
    )
    exam.database.execute(
        "INSERT INTO books (id, title, author) VALUES (?, ?, ?)",
        first,
        "The one that stays",
        exam.random.choice(_AUTHORS),
    )
    return dict(zip(titles, others, strict=True))


def _stand_ready(exam: Exam, visit: Visit, number: int) -> None:
    """Put the book on the shelf that a visit is about, unless it stands there."""
    if "unknown" in visit.does or visit.does.startswith("add"):
        return
    marked = f" {_CANNOT}" if "marked" in visit.does else ""
    exam.database.execute(
        "INSERT INTO books (id, title, author, lent) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        number,
        visit.title,
        visit.author + marked,
        visit.does == "lend what is lent",
    )


def _ask(visit: Visit, number: int) -> Ask:
    match visit.does.split(" ", 1)[0]:
        case "add":
            cannot = f" {_CANNOT}" if "saved" in visit.does else ""
            new = {"title": visit.title + cannot, "author": visit.author}
            return Ask("POST", "/books", visit.at, new)
        case "list":
            return Ask("GET", "/books", visit.at)
        case "read":
            return Ask("GET", f"/books/{number}", visit.at)
    cannot = f" {_CANNOT}" if "to whom" in visit.does else ""
    loan = {"reader": visit.reader + cannot}
    return Ask("POST", f"/books/{number}/loan", visit.at, loan)


def _expect_served(
    exam: Exam,
    visit: Visit,
    number: int,
    reply: Reply,
    served: list[tuple[Visit, Reply]],
    before: list[dict[str, Any]],
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
        rows = [row for row in _books(exam) if row["title"] == visit.title]
        _expect_saved(exam, reply, rows, len(alike), author=visit.author)
        earlier = alike[: alike.index((visit, reply))]
        exam.expect(
            exam.json_of(reply)["id"] not in [_id_of(exam, one) for _, one in earlier],
            f"{reply.request}: a book of its own",
            "another request was answered with the same one",
            site=exam.answer(reply.run),
        )
    elif visit.does == "lend":
        rows = [row for row in _loans(exam) if row["book_id"] == number]
        _expect_saved(exam, reply, rows, 1, reader=visit.reader)


def _id_of(exam: Exam, reply: Reply) -> Any:
    body = exam.json_of(reply)
    return body.get("id") if isinstance(body, dict) else None


def _as_read(
    row: dict[str, Any], reply: Reply, lending: Reply | None
) -> list[dict[str, Any]]:
    """How a reply may show a book: whoever asks after it was lent sees that it is."""
    if lending is None:
        return [row]
    shown = []
    if reply.began <= lending.ended:
        shown.append(row | {"lent": False})
    if lending.began <= reply.ended:
        shown.append(row | {"lent": True})
    return shown


def _expect_one_of(
    exam: Exam, reply: Reply, status: int, rows: list[dict[str, Any]]
) -> None:
    told = _timed(exam.json_of(reply))
    _expect_body(exam, reply, status, told if told in rows else rows[-1])


def _expect_listed(
    exam: Exam,
    reply: Reply,
    served: list[tuple[Visit, Reply]],
    before: list[dict[str, Any]],
) -> None:
    """All books that were there when it was asked, and perhaps some that came later."""
    body = _timed(exam.json_of(reply))
    listed = [row.get("id") for row in body if isinstance(row, dict)]
    exam.expect(
        listed == sorted(listed, key=lambda one: (one is None, one)),
        f"{reply.request}: the books in the order of their ids",
        "another order",
        site=exam.answer(reply.run),
    )
    saved = {row["id"]: row for row in _books(exam)}
    due = {row["id"] for row in before} | {
        _id_of(exam, other)
        for visit, other in served
        if visit.does == "add" and other.ended < reply.began
    }
    exam.expect(
        due <= set(listed) <= set(saved) and len(listed) == len(set(listed)),
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
    shown = [_as_read(saved[one], reply, lent_by.get(one)) for one in listed]
    right = [
        row if row in rows else rows[-1] for row, rows in zip(body, shown, strict=False)
    ]
    _expect_body(exam, reply, 200, right)


def _expect_saved(
    exam: Exam, reply: Reply, rows: list[dict[str, Any]], count: int, **sent: str
) -> None:
    """So many requests have sent the same: each has saved it once, as it was sent."""
    as_sent = [row for row in rows if row.items() >= sent.items()]
    exam.expect(
        len(as_sent) == len(rows) == count,
        f"{reply.request}: each request saves its own, once, as it was sent",
        f"{count} sent, {len(as_sent)} saved so",
        site=next(iter(exam.code.writes_shared()), None) or exam.answer(reply.run),
    )
    _expect_one_of(exam, reply, 201, rows)


def _expect_nothing_else(
    exam: Exam, plan: Morning, replies: list[Reply], before: list[dict[str, Any]]
) -> None:
    """Nobody saved more than was asked for; what was lent is lent."""
    lent = {loan["book_id"] for loan in _loans(exam)}
    counted = [visit.does for visit in plan.visits]
    exam.expect(
        len(_loans(exam)) == counted.count("lend"),
        f"{counted.count('lend')} loans in the database",
        f"{len(_loans(exam))}",
        advice=_AFTERWARDS,
        site=_saved(exam, replies[-1]),
    )
    lent |= {row["id"] for row in before if row["lent"]}
    known = {row["id"] for row in before}
    added = {visit.title for visit in plan.visits if visit.does == "add"}
    for row in _books(exam):
        exam.expect(
            row["id"] in known or row["title"] in added,
            "only the books that were added are saved",
            "another one is there, too",
            advice=_AFTERWARDS,
            site=_saved(exam, replies[-1]),
        )
        exam.expect(
            row["lent"] == (row["id"] in lent),
            "a book is lent if there is a loan of it",
            "it is lent without one" if row["lent"] else "it is free, with a loan",
            advice=_AFTERWARDS,
            site=_saved(exam, replies[-1]),
        )

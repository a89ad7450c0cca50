"""The world: books and loans in the database, and requests to the library."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graders.proctor import CheckFailed, Exam, Reply

# Of a table: the values by the names of their columns.
Row = dict[str, Any]

TITLES = (
    "Emma",
    "Persuasion",
    "Middlemarch",
    "Villette",
    "Cranford",
    "Lady Audley's Secret",
)
AUTHORS = ("Jane Austen", "George Eliot", "Charlotte Brontë", "Elizabeth Gaskell")
READERS = ("Ines D'Souza", "Tomasz Wilk", "Noor Rahman", "Ada Moreau", "Finn O'Neill")
# The id of no book.
UNKNOWN = 9_999
_DATES = ("created_at", "lent_at")


# --- what stands in the database ------------------------------------------------------


def shelve(exam: Exam, count: int) -> list[int]:
    """Put books into the database; their ids."""
    taken = {row["id"] for row in books(exam)}
    free = [number for number in range(100, 9_000) if number not in taken]
    ids = sorted(exam.random.sample(free, count))
    rows = [
        (
            number,
            f"{exam.random.randint(1990, 2020)}-05-17 08:30:00",
            exam.random.choice(TITLES),
            exam.random.choice(AUTHORS),
        )
        for number in ids
    ]
    exam.database.execute(
        "INSERT INTO books (id, created_at, title, author) VALUES "
        + ", ".join(["(?, ?, ?, ?)"] * count),
        *(value for row in rows for value in row),
    )
    return ids


def mark_as_lent(exam: Exam, number: int) -> None:
    exam.database.execute("UPDATE books SET lent = 1 WHERE id = ?", number)


def books(exam: Exam) -> list[Row]:
    """All books that are committed, in the order of their ids."""
    rows = _rows(exam, "books", "id", "title", "author", "lent", "created_at")
    return [row | {"lent": bool(row["lent"])} for row in rows]


def loans(exam: Exam) -> list[Row]:
    """All loans that are committed, in the order of their ids."""
    return _rows(exam, "loans", "id", "book_id", "reader", "lent_at")


def _rows(exam: Exam, table: str, *columns: str) -> list[Row]:
    query = f"SELECT {', '.join(columns)} FROM {table} ORDER BY id"
    found = exam.database.rows(query)
    rows: list[Row] = timed([dict(zip(columns, row, strict=True)) for row in found])
    return rows


def timed(body: Any) -> Any:
    """The JSON of a body, or rows, with all dates in one form of the many of ISO."""
    for item in body if isinstance(body, list) else [body]:
        if isinstance(item, dict):
            for key in _DATES:
                if key in item:
                    item[key] = _as_time(item[key])
    return body


def _as_time(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None).isoformat(" ")
    except (TypeError, ValueError):
        return value


def let_fail(exam: Exam, write: str, when: str = "") -> None:
    """Let writes fail until they are mended, as "INSERT ON loans".

    Args:
        when: a condition in SQL; those alone fail that meet it.
    """
    exam.database.execute(
        f"CREATE TRIGGER IF NOT EXISTS {_trigger(write)} BEFORE {write} {when} "
        "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )


def mend(exam: Exam, write: str) -> None:
    exam.database.execute(f"DROP TRIGGER {_trigger(write)}")


def _trigger(write: str) -> str:
    return f"broken_{write.replace(' ', '_')}"


# --- requests -------------------------------------------------------------------------


def new_book(exam: Exam) -> dict[str, str]:
    return {"title": exam.random.choice(TITLES), "author": exam.random.choice(AUTHORS)}


def new_loan(exam: Exam) -> dict[str, str]:
    return {"reader": exam.random.choice(READERS)}


def lending(number: int) -> str:
    """Where a book is lent."""
    return f"/books/{number}/loan"


async def add(exam: Exam) -> Reply:
    return await exam.post("/books", json=new_book(exam))


async def lend(exam: Exam, number: int) -> Reply:
    return await exam.post(lending(number), json=new_loan(exam))


async def post_and_look(
    exam: Exam, target: str, content: dict[str, str]
) -> tuple[Reply, list[Row]]:
    """Post, and look into the database at the very moment the response starts.

    Returns:
        The reply, and what was committed then: all books and loans.
    """
    seen: list[Row] = []
    trouble: list[CheckFailed] = []

    def look() -> None:
        try:
            seen.extend([*books(exam), *loans(exam)])
        except CheckFailed as exc:
            trouble.append(exc)

    exchange = exam.start("POST", target, json=content)
    exchange.on_start = look
    reply = await exchange.reply()
    if trouble:
        raise trouble[0]
    await exam.settle()
    return reply, seen


def id_of(exam: Exam, reply: Reply) -> Any:
    """The id that a reply tells, if it tells one."""
    body = exam.json_of(reply)
    return body.get("id") if isinstance(body, dict) else None

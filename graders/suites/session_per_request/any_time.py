"""The property: what every request is promised, whoever else comes when."""

from __future__ import annotations

from graders.proctor import FREEDOMS, Exam, Observation, every_schedule
from graders.suites.session_per_request.expectations import (
    expect_body,
    expect_own_sessions,
    expect_refused,
)
from graders.suites.session_per_request.outcomes import (
    expect_nothing_else,
    expect_served,
)
from graders.suites.session_per_request.plans import (
    CANNOT,
    DOES,
    Morning,
    Visit,
    drawn_morning,
)
from graders.suites.session_per_request.world import AUTHORS, books, let_fail

# Writes, and where it stands in them that they fail.
_FAILING = {
    "INSERT ON books": "NEW.title",
    "INSERT ON loans": "NEW.reader",
    "UPDATE ON books": "NEW.author",
}


@every_schedule(
    "resources",
    points=2,
    hint="What do two requests share in your module, and what becomes of it while both "
    "wait for the database?",
    plans=drawn_morning,
    count=5,
    # Ids and moments depend on who comes first: what is promised stands below.
    free=FREEDOMS,
    stops=True,
    # A commit that is cancelled may keep SQLite's lock for a while, whatever one does.
    crowds=False,
)
async def test_requests_that_overlap_keep_apart(
    exam: Exam, plan: Morning
) -> Observation:
    """Requests that overlap answer and save each its own, also when one fails"""
    numbers = _cleared(exam, [visit.title for visit in plan.visits])
    for write, value in _FAILING.items():
        let_fail(exam, write, f"WHEN {value} LIKE '%{CANNOT}'")
    exam.database.statements_take(plan.statement)
    for visit in plan.visits:
        _stand_ready(exam, visit, numbers[visit.title])
    before = books(exam)

    seen = await exam.carry_out(
        [visit.ask(numbers[visit.title]) for visit in plan.visits]
    )

    exam.database.statements_take(0)
    replies = [reply for reply in seen.replies if reply is not None]
    expect_own_sessions(exam, replies)
    served = list(zip(plan.visits, replies, strict=True))
    for visit, reply in served:
        statuses = DOES[visit.does]
        if reply.status not in statuses:
            expect_refused(exam, reply, statuses[0])
    for visit, reply in served:
        expect_served(exam, visit, numbers[visit.title], reply, served, before)
    expect_nothing_else(exam, plan, replies, before)
    for visit in plan.visits:
        if visit.does == "lend":
            (row,) = [row for row in books(exam) if row["title"] == visit.title]
            again = await exam.get(f"/books/{row['id']}")
            expect_body(exam, again, 200, row)
    return seen


def _cleared(exam: Exam, titles: list[str]) -> dict[str, int]:
    """Clear the library but for one book; ids for others, which no book had before."""
    last = max((row["id"] for row in books(exam)), default=0)
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
        exam.random.choice(AUTHORS),
    )
    return dict(zip(titles, others, strict=True))


def _stand_ready(exam: Exam, visit: Visit, number: int) -> None:
    """Put the book on the shelf that a visit is about, unless it stands there."""
    if "unknown" in visit.does or visit.does.startswith("add"):
        return
    exam.database.execute(
        "INSERT INTO books (id, title, author, lent) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        number,
        visit.title,
        visit.author + (CANNOT if "marked" in visit.does else ""),
        visit.does == "lend what is lent",
    )

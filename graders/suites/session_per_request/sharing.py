"""Sessions that requests share, where each should have one of its own."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.session_per_request.expectations import (
    expect_own_sessions,
    expect_written,
)
from graders.suites.session_per_request.world import UNKNOWN, add, lend, shelve


@check(
    "resources",
    points=4,
    hint="How often does the line run that makes your session, and how many requests "
    "can reach the session that it made?",
)
async def test_every_request_has_a_session_of_its_own(exam: Exam) -> None:
    """Every request works with one session, and no two requests with the same."""
    first, *others = shelve(exam, 5)
    exam.database.statements_take(0.1)
    replies = [await add(exam)]
    replies += [await exam.get(f"/books/{first}") for _ in range(2)]
    replies += await asyncio.gather(
        *(exam.get(f"/books/{number}") for number in others), exam.get("/books")
    )
    for reply in replies:
        exam.expect_status(reply, 201 if reply is replies[0] else 200)
    for book in (first, first, UNKNOWN):
        await exam.settle()
        replies.append(await lend(exam, book))
        expect_written(exam, replies[-1])

    expect_own_sessions(exam, replies)

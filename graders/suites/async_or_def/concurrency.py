"""What takes the time of one: many lookups, and two badges."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.async_or_def.world import CROWD, known_visitors, numbers


@check(
    "concurrency",
    points=2,
    hint="The event loop can wait for any number of lookups at once. What makes one of "
    "yours wait for another: a loop, a lock, or a thread that is not free?",
)
async def test_sixty_visitors_are_looked_up_at_the_same_time(exam: Exam) -> None:
    """Sixty visitors are looked up in the time of one."""
    visitors = known_visitors(exam, CROWD)
    lookup = exam.random.choice((0.5, 0.75, 1.25))
    exam.services.find_visitor.takes(lookup)

    replies = await asyncio.gather(
        *[exam.get(f"/visitors/{visitor['id']}") for visitor in visitors]
    )

    for reply, visitor in zip(replies, visitors, strict=True):
        exam.expect_status(reply, 200)
        exam.expect_json(reply, visitor, source="the directory")
    exam.expect_took(max(replies, key=lambda reply: reply.took), lookup)


@check(
    "concurrency",
    points=2,
    hint="Which line can only one badge pass at a time, and what is it that opens it "
    "for the next one?",
)
async def test_two_badges_are_printed_at_the_same_time(exam: Exam) -> None:
    """Two badges are printed in the time of one."""
    badges = numbers(exam, 2)
    printing = exam.random.choice((1.5, 2.0, 2.5))
    exam.services.print_badge.takes(printing)

    replies = await asyncio.gather(
        *[exam.post(f"/badges/{badge}/print") for badge in badges]
    )

    for reply in replies:
        exam.expect_status(reply, 201)
    slowest = max(replies, key=lambda reply: reply.took)
    seen = exam.blocker or exam.causes.of_turns(slowest.began, slowest.ended)
    # A wait in a thread is not seen: a lock that the text makes is what can explain it.
    locks = exam.code.calls("Lock", "RLock", "Semaphore", "BoundedSemaphore")
    if slowest.took > printing and seen is None and locks:
        exam.fail(
            f"{printing:g} s", f"{slowest.took:g} s", site=locks[0], timeline=exam.calls
        )
    exam.expect_took(slowest, printing)

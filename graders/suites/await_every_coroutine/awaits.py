"""What must have been done when the answer is sent."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.await_every_coroutine.expectations import expect_answered
from graders.suites.await_every_coroutine.world import Shop, credited, slowest


@check(
    "awaits",
    points=2,
    hint="Calling an async function only makes a coroutine. What makes it run to its "
    "end, before you go on?",
)
async def test_the_points_are_on_the_account_before_the_answer(exam: Exam) -> None:
    """The points are on the account, once, when the answer is sent."""
    await _expect_done(exam, "add_points")


@check(
    "awaits",
    points=2,
    hint="A call whose result you do not need is the easiest one to leave without its "
    "`await`.",
)
async def test_the_audit_line_is_written_before_the_answer(exam: Exam) -> None:
    """The audit line is written, once, when the answer is sent."""
    await _expect_done(exam, "write_audit")


async def _expect_done(exam: Exam, name: str) -> None:
    """A credit calls the service once, as it should, and waits for its answer."""
    shop = Shop(exam)
    member, points = shop.basic(), shop.credit()
    slowest(exam, name)

    reply = await credited(exam, member, points)

    exam.expect_status(reply, 200)
    calls = exam.calls.of(name)
    site = [*calls[-1:], exam.endpoint(reply.run)]
    exam.expect(
        len(calls) == 1,
        f"{name} is called once",
        f"{len(calls)} calls arrived" if calls else "no call arrived",
        site=site,
        timeline=exam.services.calls,
    )
    for argument, value in (("member_id", member), ("points", points)):
        given = calls[0].arguments[argument]
        exam.expect(
            given == value,
            f"{name} is called with the `{argument}` of the request",
            f"it was called with {str(given)[:80]}",
            site=site,
        )
    expect_answered(exam, reply, calls[0])

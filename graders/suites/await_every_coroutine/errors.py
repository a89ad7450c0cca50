"""Errors of the services, and what must not have been written then."""

from __future__ import annotations

from graders.proctor import CallRecord, Exam, Site, check
from graders.suites.await_every_coroutine.expectations import expect_shown
from graders.suites.await_every_coroutine.world import Shop, credited, path


@check(
    "errors",
    points=2,
    hint="Which exception says that there is no such member? What has happened "
    "already when it comes?",
    guard=True,
)
async def test_an_unknown_member_is_404_and_nothing_is_written(exam: Exam) -> None:
    """A member whom nobody knows is a 404, and nothing is written or added."""
    shop = Shop(exam)

    number = shop.nobody()
    exam.expect_status(await exam.get(path(number)), 404)
    exam.expect_status(await credited(exam, shop.nobody(), shop.credit()), 404)
    await exam.settle()

    _expect_untouched(exam, "write_audit", "no audit line for a member nobody knows")
    _expect_untouched(exam, "add_points", "no points for a member nobody knows")

    # Whoever joins later is known from then on.
    shop.basic(number)
    exam.expect_status(await exam.get(path(number)), 200)


def _expect_untouched(exam: Exam, name: str, expected: str) -> None:
    """The service was not called at all."""
    for call in exam.calls.of(name):
        exam.fail(
            expected,
            f"{name} was called",
            site=call.site,
            timeline=exam.services.calls,
        )


@check(
    "errors",
    points=4,
    hint="The audit line comes first. What must not have happened yet when it fails, "
    "and who may hear of it?",
)
async def test_without_an_audit_line_no_points_are_added(exam: Exam) -> None:
    """When the audit line cannot be written, it is a 500, and no points are added."""
    shop = Shop(exam)
    member, credit = shop.basic(), shop.credit()
    exam.services.write_audit.takes(2).fails("AuditFailed", member)

    reply = await credited(exam, member, credit)
    await exam.settle()

    for points in exam.calls.of("add_points"):
        exam.fail(
            "no points are added without an audit line",
            "add_points was called",
            site=[*_passing_over(exam, points), points],
            timeline=exam.services.calls,
        )
    exam.expect_status(reply, 500)

    # The same once more, and now it can be.
    exam.services.write_audit.answers(None)
    reply = await credited(exam, member, credit)

    expect_shown(exam, reply, shop.shown(member))


def _passing_over(exam: Exam, points: CallRecord) -> list[Site | None]:
    """The lines that let points be added although the audit line fails."""
    audits = exam.calls.of("write_audit")
    known = any(0 < audit.left < points.entered for audit in audits)
    caught = exam.code.handlers("AuditFailed", "Exception", "BaseException")
    return [*(caught if known else []), *(audit.site for audit in audits)]

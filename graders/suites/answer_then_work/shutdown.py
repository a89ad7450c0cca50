"""What is finished before the service stops."""

from __future__ import annotations

from graders.proctor import Exam, Exchange, check
from graders.suites.answer_then_work.causes import started_at
from graders.suites.answer_then_work.world import (
    CROWD,
    SERVICES,
    Person,
    calls_for,
    fail_for,
    people,
    sign_all_up,
)


@check(
    "resources",
    points=2,
    hint="Who knows of the work that has been started, and who waits for it when the "
    "service stops?",
)
async def test_the_work_is_finished_before_the_service_stops(exam: Exam) -> None:
    """When the service stops, the work that it took on is finished first."""
    everybody = people(exam, 3 + CROWD)
    late_mail, late_contact, unlucky, *others = everybody
    # Nothing is said of a limit of time.
    takes = {
        late_mail["email"]: (3.0, 2.0),
        late_contact["email"]: (2.0, 90.0),
        unlucky["email"]: (1.0, 4.0),
        **{other["email"]: (2.0, 1.0) for other in others},
    }
    fail_for(
        exam.services.send_welcome_mail,
        lambda email: email == unlucky["email"],
        "MailError",
        "the mailbox is full",
    ).takes(lambda email, name: takes[email][0])
    exam.services.add_contact.takes(lambda email, name: takes[email][1])

    exchanges = [exchange for _, exchange in await sign_all_up(exam, everybody)]
    # As a server does: first the requests with their background tasks, then the rest.
    for exchange in exchanges:
        await exchange.returns()
    await exam.lifespan.stop()

    for person, exchange in zip(everybody, exchanges, strict=True):
        _expect_finished(exam, person, exchange)


def _expect_finished(exam: Exam, person: Person, sender: Exchange) -> None:
    """Mail and CRM have both had their say about a sign-up."""
    done = ("answered", "failed")
    calls = [call for name in SERVICES for call in calls_for(exam, name, person)]
    unfinished = [call for call in calls if call.outcome not in done]
    was_cancelled = any(call.outcome == "cancelled" for call in calls)
    cancels = exam.code.calls("cancel") if was_cancelled else []
    for name in SERVICES:
        made = [call for call in calls if call.name == name]
        dropped = [] if made else exam.code.gives("cancel_futures")
        cancelled = [*cancels[-1:], *dropped, None][0]
        exam.expect(
            any(call.outcome in done for call in made),
            f"{name} has answered when the service has stopped",
            f"its call was {made[-1].outcome or 'still in flight'}"
            if made
            else "it had not been called",
            advice="Work that is cancelled is not finished. What could be done with it "
            "instead?"
            if cancelled
            else "",
            site=cancelled or started_at(exam, unfinished, sender),
            timeline=exam.services.calls,
        )

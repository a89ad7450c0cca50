"""What becomes of a sign-up: its status, its work, and no error besides."""

from __future__ import annotations

from graders.proctor import Exam, Exchange, Reply, Site
from graders.suites.answer_then_work.causes import changed_at, made_at, started_at
from graders.suites.answer_then_work.world import Person, calls_for


def expect_state(
    exam: Exam,
    reply: Reply,
    number: int,
    status: str,
    when: str,
    *,
    site: Site | None,
    advice: str = "",
) -> None:
    """A reply says that the sign-up of this number has this status.

    Args:
        site: the line on which the status depends.
    """
    exam.expect_status(reply, 200)
    exam.expect(
        exam.json_of(reply) == {"id": number, "status": status},
        f'{{"id": {number}, "status": "{status}"}} {when}',
        reply.text[:80],
        advice=advice,
        site=site,
        timeline=exam.services.calls,
    )


def expect_once(
    exam: Exam, name: str, person: Person, sender: Exchange, *, advice: str = ""
) -> None:
    """A service was called once for a person, with the right name, and answered.

    Args:
        advice: what to try where it was never called.
    """
    calls = calls_for(exam, name, person)
    exam.expect(
        len(calls) == 1,
        f"{name} is called once for the sign-up",
        f"it was called {len(calls)} times" if calls else "it was never called",
        advice="More than one of your lines sets this work going. Which one should?"
        if calls
        else advice,
        site=started_at(exam, calls, sender),
        timeline=exam.services.calls,
    )
    (call,) = calls
    exam.expect(
        call.arguments == person,
        f"{name} is called with the address and the name of the sign-up",
        f"it was called with {call.arguments}",
        advice="Follow the address and the name from the request to "
        f"{name}. What changes them on the way?",
        site=changed_at(exam, call, person, sender),
        timeline=exam.services.calls,
    )
    exam.expect(
        call.outcome != "cancelled" and not call.in_flight,
        f"{name} is waited for until it has answered",
        f"its call was {call.outcome or 'still in flight'}",
        site=made_at(exam, calls, sender),
        timeline=exam.services.calls,
    )


def expect_quiet(exam: Exam, exchange: Exchange) -> None:
    """No error left the application."""
    failure = exchange.failure
    if failure is not None:
        exam.fail(
            "no error leaves the application after the answer",
            f"{failure.error} went on to the server",
            advice=f"Follow {failure.error} from where it is raised: who catches it, "
            "and does it end there?",
            site=failure.site or exam.endpoint(exchange.run),
        )

"""What several parts expect: calls that have ended, and a member shown as it is."""

from __future__ import annotations

from typing import Any

from graders.proctor import CallRecord, Exam, Reply, Site


def expect_answered(exam: Exam, reply: Reply, call: CallRecord) -> None:
    """The call had been answered when the request was."""
    exam.expect(
        call.outcome == "answered",
        f"{call.name} has answered when {reply.request} is answered",
        f"its call was {call.outcome or 'still in flight'}",
        site=_given_up(exam, call) or call.site,
        timeline=exam.services.calls,
    )


def _given_up(exam: Exam, call: CallRecord) -> Site | None:
    """The line that waited for a call, but only until the next one began."""
    later = [one.began for one in exam.calls if one.run == call.run]
    following = [began for began in later if began > call.began]
    return exam.causes.of_timer(min(following), call.run) if following else None


def expect_shown(exam: Exam, reply: Reply, member: dict[str, Any]) -> None:
    """The reply shows the member, as the services answered."""
    exam.expect_status(reply, 200)
    if exam.json_of(reply) != member:
        for call in exam.calls.of("earns_gold", run=reply.run):
            expect_answered(exam, reply, call)
    exam.expect_json(reply, member, source="the service")

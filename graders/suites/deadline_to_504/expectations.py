"""What is expected of the call that a board makes of the timetable."""

from __future__ import annotations

from graders.proctor import CallRecord, Exam
from graders.suites.deadline_to_504.world import DEADLINE, Railway


def the_call(exam: Exam, railway: Railway, run: int) -> CallRecord:
    """The one request that a board makes of the timetable."""
    calls = railway.timetable.calls
    site = calls[-1].site if calls else exam.endpoint(run)
    exam.expect(
        len(calls) == 1,
        "the timetable is asked once",
        f"{len(calls)} requests arrived" if calls else "no request arrived",
        site=site and (exam.code.loop(site) or site),
        advice="How often may your code ask, and who waits meanwhile?" if calls else "",
        timeline=calls,
    )
    return calls[0]


def lasted(exam: Exam, call: CallRecord, since: float) -> float:
    """How long (s) after `since` a call has gone on."""
    return exam.calls.end_of(call) - since


def expect_given_up(exam: Exam, call: CallRecord) -> None:
    """A call has not gone on after its deadline, whatever became of its request."""
    took = lasted(exam, call, call.began)
    exam.expect(
        took <= DEADLINE,
        f"{call.name} ends after {DEADLINE:g} s at most, also when its request ends "
        "earlier",
        f"it went on for {took:g} s",
        advice="When its request is cancelled, who ends the call?",
        site=call.site,
        timeline=[call],
    )

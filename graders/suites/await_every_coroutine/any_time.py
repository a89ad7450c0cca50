"""The property: every credit is its own, whoever else comes when."""

from __future__ import annotations

from collections import Counter

from graders.proctor import CallRecord, Exam, Observation, Reply, every_schedule
from graders.suites.await_every_coroutine.plans import (
    Bonus,
    Credit,
    Visit,
    drawn_visits,
)


@every_schedule(
    "errors",
    points=2,
    hint="Follow one request past each `await`, while another one runs through the "
    "same lines. What of yours can it change?",
    plans=drawn_visits,
    # Nobody looks at how long it takes, nor at how often a member is looked up.
    free=("durations", "calls", "outcomes of calls"),
    stops=True,
)
async def test_every_credit_is_its_own_at_any_time(
    exam: Exam, plan: tuple[Visit, ...]
) -> Observation:
    """Whoever is credited when, line, points and answer are of the own request"""
    due = Bonus(exam, plan).due()
    seen = await exam.carry_out([one.ask() for one in plan])
    # Whoever tries again where the audit line fails has still written one.
    written = [one for one in seen.records if one.outcome == "answered"]
    _expect_once_each(exam, "write_audit", written, due)
    _expect_once_each(exam, "add_points", list(seen.records), due)
    members = Counter(one.member for one in plan)
    _expect_looked_up_for_each(exam, seen, members)
    for reply in seen.replies:
        if reply is not None:
            own = [one for one in seen.records if one.run == reply.run]
            _expect_in_order(exam, reply, own)
    return seen


def _expect_once_each(
    exam: Exam, name: str, records: list[CallRecord], due: Counter[Credit]
) -> None:
    """The service was called once for each credit, with its member and its points."""
    calls = [one for one in records if one.name == name]
    made = Counter(map(_credit, calls))
    wrong = [*(made - due), *(due - made)]
    if not wrong:
        return
    sites = [one.site for one in calls if _credit(one) == wrong[0]]
    count, enough = made[wrong[0]], due[wrong[0]]
    exam.fail(
        f"{name} is called once for each credit, with its own member and points",
        f"{count} calls instead of {enough} for member {wrong[0][0]}"
        if enough
        else "a call with what no request for points has sent",
        site=[*exam.code.writes_shared(), *sites],
        no_site="the call is missing",
        timeline=records,
    )


def _expect_looked_up_for_each(
    exam: Exam, seen: Observation, asked: Counter[int]
) -> None:
    """Each request has looked for its member: what is found holds for that one alone.

    Args:
        asked: how many requests there were, by their member.
    """
    calls = [one for one in seen.records if one.name == "find_member"]
    made = Counter(one.arguments["member_id"] for one in calls)
    for member in asked - made:
        exam.fail(
            "find_member is called for each request: what it answers holds for one",
            f"{made[member]} calls for {asked[member]} requests about member {member}",
            site=[one.site for one in calls if one.arguments["member_id"] == member],
            no_site="the call is missing",
            timeline=seen.records,
        )


def _credit(call: CallRecord) -> Credit:
    return call.arguments["member_id"], call.arguments["points"]


def _expect_in_order(exam: Exam, reply: Reply, records: list[CallRecord]) -> None:
    """The audit line first, then the points, then the answer."""
    audits = [
        one
        for one in records
        if one.name == "write_audit" and one.outcome == "answered"
    ]
    for points in (one for one in records if one.name == "add_points"):
        exam.expect(
            any(audit.left < points.entered for audit in audits),
            "points are added only after the audit line has been written",
            "add_points was called before",
            site=points.site,
            timeline=records,
        )
        for record in (*audits, points):
            exam.expect(
                record.ended is not None and record.ended <= reply.ended,
                f"{record.name} has answered when {reply.request} is answered",
                "its call was still in flight",
                site=record.site,
                timeline=records,
            )

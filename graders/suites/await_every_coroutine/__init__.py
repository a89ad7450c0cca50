"""The hidden suite of the kata `await_every_coroutine`."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

from graders.proctor import (
    Ask,
    CallRecord,
    Exam,
    Observation,
    Raises,
    Reply,
    Site,
    check,
    every_schedule,
    seconds,
)

SERVICES = ("find_member", "write_audit", "add_points", "earns_gold")
NAMES = ("Iris", "Noor", "Pablo", "Yuki", "Marek", "Zola", "Dara", "Finn")


class Shop:
    """The world: members that are drawn anew for every check.

    Attributes:
        gold: the balance from which on a member is gold.
        others: points that others add right before each credit, and again after it.
    """

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self._numbers = count(exam.random.randrange(1_000, 9_000))
        self._members: dict[int, dict[str, Any]] = {}
        self.gold = exam.random.randrange(600, 900)
        self.others = 0
        exam.services.find_member.answers(self._find)
        exam.services.add_points.answers(self._add)
        exam.services.earns_gold.answers(lambda points: points >= self.gold)

    def _find(self, member_id: int) -> dict[str, Any]:
        if member_id not in self._members:
            raise Raises("MemberNotFound", member_id)
        return dict(self._members[member_id])

    def _add(self, member_id: int, points: int) -> int:
        member = self._members.setdefault(member_id, {"points": 0})
        balance: int = member["points"] + self.others + points
        member["points"] = balance + self.others
        return balance

    def nobody(self) -> int:
        """The number of no member."""
        return next(self._numbers)

    def enrol(self, points: int, number: int = 0) -> int:
        """A new member's number; one of nobody's may be given."""
        number = number or next(self._numbers)
        name = self._random.choice(NAMES)
        self._members[number] = {"id": number, "name": name, "points": points}
        return number

    def credit(self) -> int:
        """Some points to add; too few to matter far from the border."""
        return self._random.randrange(11, 99)

    def shown(self, number: int) -> dict[str, Any]:
        """A member as the brief wants it shown."""
        member = self._members[number]
        tier = "gold" if member["points"] >= self.gold else "basic"
        return {**member, "tier": tier}

    def foreign(self, shown: Any, number: int) -> list[str]:
        """What is shown of another member instead of this one."""
        if not isinstance(shown, dict):
            return []
        own, others = self._members[number], self._members.values()
        return [
            key
            for key, value in own.items()
            if shown.get(key) != value
            and shown.get(key) in [other[key] for other in others]
        ]


def slowest(exam: Exam, name: str) -> None:
    """Let every service take 1 s, and the named one 5 s."""
    for other in SERVICES:
        getattr(exam.services, other).takes(5 if other == name else 1)


def path(number: int) -> str:
    return f"/members/{number}"


async def credited(exam: Exam, number: int, points: int) -> Reply:
    """The reply to a credit of so many points."""
    return await exam.post(f"{path(number)}/points", json={"points": points})


def expect_done(exam: Exam, reply: Reply, name: str, **arguments: Any) -> None:
    """The service was called once with these arguments, and had answered by now."""
    calls = exam.calls.of(name)
    site = calls[-1].site if calls else exam.endpoint(reply.run)
    exam.expect(
        len(calls) == 1,
        f"{name} is called once",
        f"{len(calls)} calls arrived" if calls else "no call arrived",
        site=site,
        timeline=exam.services.calls,
    )
    for argument, value in arguments.items():
        given = calls[0].arguments[argument]
        exam.expect(
            given == value,
            f"{name} is called with the `{argument}` of the request",
            f"it was called with {str(given)[:80]}",
            site=site,
        )
    expect_answered(exam, reply, calls[0])


def expect_answered(exam: Exam, reply: Reply, call: CallRecord) -> None:
    """The call had been answered when the request was."""
    exam.expect(
        call.outcome == "answered",
        f"{call.name} has answered when {reply.request} is answered",
        f"its call was {call.outcome or 'still in flight'}",
        site=given_up(exam, call) or call.site,
        timeline=exam.services.calls,
    )


def given_up(exam: Exam, call: CallRecord) -> Site | None:
    """The line that waited for a call, but only until the next one began."""
    later = [one.began for one in exam.calls if one.run == call.run]
    following = [began for began in later if began > call.began]
    return exam.causes.of_timer(min(following), call.run) if following else None


def expect_shown(exam: Exam, reply: Reply, member: dict[str, Any]) -> None:
    """The reply shows the member, as the services answered."""
    if exam.json_of(reply) != member:
        for call in exam.calls.of("earns_gold"):
            if call.run == reply.run:
                expect_answered(exam, reply, call)
    exam.expect_json(reply, member, source="the service")


def expect_own(exam: Exam, shop: Shop, reply: Reply, member: int) -> None:
    """The reply shows nothing of another member, kept in what all requests share."""
    foreign, shared = shop.foreign(exam.json_of(reply), member), exam.code.shared()
    exam.expect(
        not (foreign and shared),
        f"{reply.request} shows the member of its own request",
        f"`{''.join(foreign[:1])}` is that of another one",
        site=[None, *shared][-1],
    )


def expect_untouched(exam: Exam, name: str, expected: str) -> None:
    """The service was not called at all."""
    calls = exam.calls.of(name)
    exam.expect(
        not calls,
        expected,
        f"{name} was called",
        site=calls[0].site if calls else None,
        timeline=exam.services.calls,
    )


@check(
    "awaits",
    points=2,
    hint="Calling an async function only makes a coroutine. What makes it run to its "
    "end, before you go on?",
)
async def test_the_points_are_on_the_account_before_the_answer(exam: Exam) -> None:
    """The points are on the account, once, when the answer is sent."""
    shop = Shop(exam)
    member, points = shop.enrol(exam.random.randrange(50, 400)), shop.credit()
    slowest(exam, "add_points")

    reply = await credited(exam, member, points)

    exam.expect_status(reply, 200)
    expect_done(exam, reply, "add_points", member_id=member, points=points)


@check(
    "awaits",
    points=2,
    hint="A call whose result you do not need is the easiest one to leave without its "
    "`await`.",
)
async def test_the_audit_line_is_written_before_the_answer(exam: Exam) -> None:
    """The audit line is written, once, when the answer is sent."""
    shop = Shop(exam)
    member, points = shop.enrol(exam.random.randrange(50, 400)), shop.credit()
    slowest(exam, "write_audit")

    reply = await credited(exam, member, points)

    exam.expect_status(reply, 200)
    expect_done(exam, reply, "write_audit", member_id=member, points=points)


@check(
    "awaits",
    points=3,
    hint="What do you test for truth here: an answer, or something that could become "
    "one?",
)
async def test_the_tier_is_what_the_programme_answered(exam: Exam) -> None:
    """After a credit, the tier is what the bonus programme answered."""
    shop = Shop(exam)
    basic = shop.enrol(exam.random.randrange(50, 400))
    gold = shop.enrol(exam.random.randrange(1_000, 5_000))
    slowest(exam, "earns_gold")

    for member in exam.random.sample((basic, gold), 2):
        reply = await credited(exam, member, shop.credit())

        exam.expect_status(reply, 200)
        expect_shown(exam, reply, shop.shown(member))


@check(
    "awaits",
    points=1,
    hint="Every value in the answer comes from a call. Has each of them been awaited?",
)
async def test_a_member_is_shown_with_balance_and_tier(exam: Exam) -> None:
    """A member is shown with the balance and the tier that the services answered."""
    shop = Shop(exam)
    basic = shop.enrol(exam.random.randrange(50, 400))
    gold = shop.enrol(exam.random.randrange(1_000, 5_000))
    slowest(exam, "earns_gold")

    for member in exam.random.sample((basic, gold), 2):
        reply = await exam.get(path(member))

        exam.expect_status(reply, 200)
        expect_shown(exam, reply, shop.shown(member))


@check(
    "errors",
    points=1,
    hint="The balance changes with the credit. Which balance decides on the tier?",
)
async def test_the_credit_that_makes_a_gold_member_shows_it(exam: Exam) -> None:
    """The credit that takes a member over the border shows gold, and not before."""
    shop = Shop(exam)
    member = shop.enrol(shop.gold - 12)

    for points in (11, 1, 1):
        reply = await credited(exam, member, points)

        exam.expect_status(reply, 200)
        expect_shown(exam, reply, shop.shown(member))
    reply = await exam.get(path(member))

    exam.expect_status(reply, 200)
    expect_shown(exam, reply, shop.shown(member))


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

    expect_untouched(exam, "write_audit", "no audit line for a member nobody knows")
    expect_untouched(exam, "add_points", "no points for a member nobody knows")

    # Whoever joins later is known from then on.
    shop.enrol(exam.random.randrange(50, 400), number)
    exam.expect_status(await exam.get(path(number)), 200)


def expect_audit_first(exam: Exam) -> None:
    """No points were added, for the audit line could not be written."""
    for points in exam.calls.of("add_points"):
        exam.fail(
            "no points are added without an audit line",
            "add_points was called",
            site=[*passing_over(exam, points), points.site][0],
            timeline=exam.services.calls,
        )


def passing_over(exam: Exam, points: CallRecord) -> list[Site | None]:
    """The lines that let points be added although the audit line fails."""
    audits = exam.calls.of("write_audit")
    known = any(0 < audit.left < points.entered for audit in audits)
    caught = exam.code.handlers("AuditFailed", "Exception", "BaseException")
    return [*(caught if known else []), *(audit.site for audit in audits)]


@check(
    "errors",
    points=4,
    hint="The audit line comes first. What must not have happened yet when it fails, "
    "and who may hear of it?",
)
async def test_without_an_audit_line_no_points_are_added(exam: Exam) -> None:
    """When the audit line cannot be written, it is a 500, and no points are added."""
    shop = Shop(exam)
    member = shop.enrol(exam.random.randrange(50, 400))
    exam.services.write_audit.takes(2).fails("AuditFailed", member)

    reply = await credited(exam, member, shop.credit())
    await exam.settle()

    expect_audit_first(exam)
    exam.expect_status(reply, 500)

    exam.services.write_audit.answers(None)
    reply = await credited(exam, member, shop.credit())

    exam.expect_status(reply, 200)
    expect_shown(exam, reply, shop.shown(member))


@check(
    "errors",
    points=1,
    hint="While one request waits, others run through the same lines. Which of your "
    "variables do they share?",
)
async def test_credits_at_the_same_time_are_not_mixed_up(exam: Exam) -> None:
    """Of several credits at the same time, each goes to its own member."""
    shop = Shop(exam)
    members = [shop.enrol(exam.random.randrange(50, 400)) for _ in range(3)]
    slowest(exam, exam.random.choice(SERVICES))

    replies = await asyncio.gather(
        *(credited(exam, member, shop.credit()) for member in members)
    )

    for member, reply in zip(members, replies, strict=True):
        exam.expect_status(reply, 200)
        expect_own(exam, shop, reply, member)
        expect_shown(exam, reply, shop.shown(member))


@check(
    "errors",
    points=1,
    hint="While you wait, others add points to the same account. Who knows the balance "
    "that your credit made?",
)
async def test_the_balance_shown_is_the_one_add_points_returned(exam: Exam) -> None:
    """The balance shown is the one that `add_points` returned, and no other."""
    shop = Shop(exam)
    member, points = shop.enrol(shop.gold - 100), exam.random.randrange(11, 29)
    shop.others = exam.random.randrange(90, 99)
    balance = shop.gold - 100 + shop.others + points
    expected = {**shop.shown(member), "points": balance, "tier": "gold"}

    reply = await credited(exam, member, points)

    exam.expect_status(reply, 200)
    exam.expect_json(reply, expected, source="the service")


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class Visit:
    """A member is shown, or gets points. How long the four services take is in s.

    Attributes:
        points: to add; none for a member who is only shown.
        known: there is such a member.
        audited: the audit line can be written.
    """

    at: float
    member: int
    points: int
    find: float
    audit: float
    add: float
    tier: float
    known: bool = True
    audited: bool = True

    def ask(self) -> Ask:
        if not self.points:
            return Ask("GET", path(self.member), self.at)
        json = {"points": self.points}
        return Ask("POST", f"{path(self.member)}/points", self.at, json)


def visits(draw: Random) -> tuple[Visit, ...]:
    # Often the same member again, and the same points.
    members = draw.sample(range(1_000, 900_000), draw.randint(1, 3))
    points = (0, draw.randrange(1, 99), draw.randrange(1, 9_999))

    # Some things come at one moment, and most do not. Of a limit nothing is said.
    times = [seconds(draw, 3) for _ in range(5)] + [seconds(draw, 90, 30)]

    def takes() -> float:
        return draw.choice(times if draw.random() < 0.2 else times[:5])

    return tuple(
        Visit(
            draw.choice((times[0], seconds(draw, 3))),
            draw.choice(members),
            draw.choice(points),
            takes(),
            takes(),
            takes(),
            takes(),
            draw.random() < 0.85,
            draw.random() < 0.8,
        )
        for _ in range(draw.randint(1, 5))
    )


class Bonus:
    """The world of a plan. What it answers depends on what it is asked alone.

    Others add points at any time: no balance follows from another one.
    """

    def __init__(self, exam: Exam, plan: tuple[Visit, ...]) -> None:
        self._visits = plan
        self._gold = exam.random.randrange(600, 900)
        services = exam.services
        services.find_member.answers(self._find).takes(
            lambda member_id: self._of(member_id, 0).find
        )
        services.write_audit.answers(self._audit).takes(
            lambda member_id, points: self._of(member_id, points).audit
        )
        services.add_points.answers(self.balance).takes(
            lambda member_id, points: self._of(member_id, points).add
        )
        services.earns_gold.answers(lambda points: points >= self._gold).takes(
            self._tier_takes
        )

    def _of(self, member: int, points: int) -> Visit:
        """The first visit of a member, and for these points if there is one."""
        theirs = [one for one in self._visits if one.member == member]
        same = [one for one in theirs if one.points == points]
        return next(iter(same + theirs), _NOBODY)

    def _find(self, member_id: int) -> dict[str, Any]:
        if not self._of(member_id, 0).known:
            raise Raises("MemberNotFound", member_id)
        name = f"{NAMES[member_id % len(NAMES)]} {member_id}"
        return {"id": member_id, "name": name, "points": member_id * 7 % 1_500}

    def _audit(self, member_id: int, points: int) -> None:
        if not self._of(member_id, points).audited:
            raise Raises("AuditFailed", *[member_id, points][: points % 3])

    def balance(self, member_id: int, points: int) -> int:
        return points + (member_id + points) * 13 % 1_500

    def _tier_takes(self, points: int) -> float:
        balances = {
            self.balance(one.member, one.points): one.tier for one in self._visits
        }
        return balances.get(points, 0.0)

    def due(self) -> Counter[tuple[int, int]]:
        """How often which member gets how many points."""
        return Counter(
            (one.member, one.points)
            for one in self._visits
            if one.points
            and self._of(one.member, 0).known
            and self._of(one.member, one.points).audited
        )


_NOBODY = Visit(0, 0, 0, 0, 0, 0, 0, known=False)


@every_schedule(
    "errors",
    points=2,
    hint="Follow one request past each `await`, while another one runs through the "
    "same lines. What of yours can it change?",
    plans=visits,
    # Nobody looks at how long it takes, nor at how often a member is looked up.
    free=("durations", "calls", "outcomes of calls"),
    stops=True,
)
async def test_every_credit_is_its_own_at_any_time(
    exam: Exam, plan: tuple[Visit, ...]
) -> Observation:
    """Whoever is credited when, line, points and answer are of the own request"""
    bonus = Bonus(exam, plan)
    seen = await exam.carry_out([one.ask() for one in plan])
    due = bonus.due()
    # Whoever tries again where the audit line fails has still written one.
    written = [one for one in seen.records if one.outcome == "answered"]
    _expect_once_each(exam, "write_audit", written, due)
    _expect_once_each(exam, "add_points", list(seen.records), due)
    for reply in seen.replies:
        assert reply is not None
        _expect_in_order(exam, reply, [o for o in seen.records if o.run == reply.run])
    return seen


def _expect_once_each(
    exam: Exam, name: str, records: list[CallRecord], due: Counter[tuple[int, int]]
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
        site=next(iter([*exam.code.writes_shared(), *sites]), None),
        no_site="the call is missing",
        timeline=records,
    )


def _credit(call: CallRecord) -> tuple[int, int]:
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

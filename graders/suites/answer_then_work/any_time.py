"""Whoever signs up at whatever time: each one has work and a status of its own."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from graders.proctor import (
    FREEDOMS,
    Exam,
    Exchange,
    Observation,
    Raises,
    every_schedule,
)
from graders.suites.answer_then_work.causes import started_at
from graders.suites.answer_then_work.expectations import (
    expect_once,
    expect_quiet,
    expect_state,
)
from graders.suites.answer_then_work.plans import SignUp, drawn_sign_ups
from graders.suites.answer_then_work.world import (
    FIRST,
    LAST,
    SERVICES,
    Person,
    address_in,
    ask_to_sign_up,
    mails,
    signed_up,
    state_of,
)


class _Newcomer:
    """One who signs up, as the plan has it, and what has come of it.

    Attributes:
        posts: what is sent: the same address again has another name.
        person: of the posts, the one that was taken on.
        taken_on: the number and the request of that one; None as long as there is none.
    """

    def __init__(self, exam: Exam, plan: SignUp) -> None:
        self.plan = plan
        draw = exam.random
        first, last = draw.choice(FIRST), draw.choice(LAST)
        # Never the same twice in a host.
        unique = f"{len(exam.driver.exchanges)}-{draw.randrange(10**9)}"
        email = f"{first}.{last}{unique}@example.com".lower()
        names = f"{first} {last}", f"{last} {first}"
        self.posts = [{"email": email, "name": name} for name in names]
        self.person = self.posts[0]
        self.taken_on: tuple[int, Exchange] | None = None

    def asks(self) -> list[tuple[float, int]]:
        """When it asks what: 0 and 1 are its posts, 2 is for the status."""
        plan = self.plan
        again = [] if plan.again is None else [(plan.at + plan.again, 1)]
        return [(plan.at, 0), *again, *((plan.at + after, 2) for after in plan.asks)]


@every_schedule(
    "errors",
    points=2,
    hint="What do two sign-ups share in your module, while both wait for their work?",
    plans=drawn_sign_ups,
    # When the work is done, and in which order, is up to the submission.
    free=FREEDOMS,
)
async def test_each_sign_up_has_its_own_work(
    exam: Exam, plan: tuple[SignUp, ...]
) -> Observation:
    """Each sign-up has its own answer, mail, contact and status, whoever else comes"""
    people = [_Newcomer(exam, one) for one in plan]
    for one in people:
        if one.plan.namesake:
            one.posts[0]["name"] = people[0].posts[0]["name"]
    _let_them_work(exam, {one.person["email"]: one.plan for one in people})
    began = exam.now
    timeline = sorted(
        (at, place, what) for place, one in enumerate(people) for at, what in one.asks()
    )
    for at, now in groupby(timeline, key=lambda ask: ask[0]):
        await exam.sleep(max(0.0, began + at - exam.now))
        await _ask(exam, [(people[place], what) for _, place, what in now])
    await exam.settle()
    # No mail ends at the moment at which its status is asked for in the end.
    await exam.sleep(1.0)
    for one in people:
        assert one.taken_on is not None
        number, sender = one.taken_on
        for name in SERVICES:
            _expect_own(exam, name, one.person, sender)
            expect_once(exam, name, one.person, sender)
        expect_quiet(exam, sender)
        await _expect_own_state(exam, one.person, number, sender)
        # Whatever has become of the work.
        exam.expect_status(await exam.post("/signups", json=one.person), 409)
    return Observation((), (), ())


_TROUBLES: tuple[tuple[Any, ...], ...] = ((), ("it is down",), ("busy", 450))


def _let_them_work(exam: Exam, plans: dict[str, SignUp]) -> None:
    def plan_of(email: str) -> SignUp:
        return plans.get(str(email).lower(), SignUp(0, 0, 0))

    def send_welcome_mail(email: str, name: str) -> None:
        if plan_of(email).mail_fails:
            raise Raises("MailError", *_TROUBLES[len(email) % len(_TROUBLES)])

    def add_contact(email: str, name: str) -> None:
        if plan_of(email).crm_fails:
            raise Raises("CrmError", *_TROUBLES[len(email) % len(_TROUBLES)])

    mailer, crm = exam.services.send_welcome_mail, exam.services.add_contact
    mailer.answers(send_welcome_mail).takes(lambda email, name: plan_of(email).mail)
    crm.answers(add_contact).takes(lambda email, name: plan_of(email).crm)


async def _ask(exam: Exam, asks: list[tuple[_Newcomer, int]]) -> None:
    """All that is asked at one moment; the same address may be there twice."""
    posts = [
        (one, one.posts[what], ask_to_sign_up(exam, one.posts[what]))
        for one, what in asks
        if what < 2
    ]
    for place, (one, person, exchange) in enumerate(posts):
        reply = await exchange.reply()
        exam.expect_took(reply, 0.0)
        rivals = [other for other, _, _ in posts[place + 1 :] if other is one]
        if one.taken_on is None and not (rivals and reply.status == 409):
            number = await signed_up(exam, exchange)
            one.person, one.taken_on = person, (number, exchange)
            exam.expect_json(reply, {"id": number, "status": "queued"})
        else:
            exam.expect_status(reply, 409)
    for one, what in asks:
        if what == 2 and one.taken_on is not None:
            await _expect_own_state(exam, one.person, *one.taken_on)


async def _expect_own_state(
    exam: Exam, person: Person, number: int, sender: Exchange
) -> None:
    """A sign-up's status is what has become of its own mail."""
    reply = await state_of(exam, number)
    exam.expect_took(reply, 0.0)
    calls = mails(exam, person)
    if any(call.ended == exam.now for call in calls):
        # It may have been asked before or after that.
        return
    over = [call.outcome for call in calls if not call.in_flight]
    status = {"answered": "mailed"}.get(over[0], "failed") if over else "queued"
    # Who says that a mail has failed, and it has not, may have waited for a limit.
    limits = exam.code.calls("timeout", "wait_for", "fail_after", "move_on_after")
    given_up = status == "mailed" and '"failed"' in reply.text
    expect_state(
        exam,
        reply,
        number,
        status,
        f"after its own mail has {over[0]}" if over else "before its own mail is sent",
        site=limits[0] if given_up and limits else started_at(exam, calls, sender),
    )


def _expect_own(exam: Exam, name: str, person: Person, sender: Exchange) -> None:
    """Work within a request is for the person who has sent it."""
    for call in exam.calls.of(name):
        exam.expect(
            call.run != sender.run or address_in(call) == person["email"],
            f"{name} is called with the address of its own sign-up",
            "it was called with the address of another one",
            site=call.site,
            timeline=exam.services.calls,
        )

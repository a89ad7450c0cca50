"""Each sign-up has an address and a status of its own."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord, Exam, Reply, Site, check
from graders.suites.answer_then_work.causes import made_at, started_at
from graders.suites.answer_then_work.expectations import expect_state
from graders.suites.answer_then_work.world import (
    SERVICES,
    ask_to_sign_up,
    calls_for,
    fail_for,
    mails,
    people,
    sign_up,
    state_of,
)


@check(
    "errors",
    points=2,
    hint="What has to be known before anything is started, and from which moment on "
    "is an address taken?",
)
async def test_an_address_signs_up_once(exam: Exam) -> None:
    """An address that signed up before is a 409: no second mail, no second entry."""
    person, unlucky = people(exam, 2)
    again = {**person, "name": "Somebody Else"}

    exam.services.send_welcome_mail.takes(3.0)

    exchange = ask_to_sign_up(exam, person)
    await exam.sleep(1.0)
    second = await exam.post("/signups", json=again)
    exam.expect(
        second.status != 202,
        f"{second.request} answers 409 while the first mail is on its way",
        "202",
        site=_remembered_at(exam, mails(exam, person), second),
    )
    exam.expect_status(second, 409)
    await exam.settle()
    exam.expect_status(await exam.post("/signups", json=person), 409)
    await exam.settle()

    for name in SERVICES:
        calls = calls_for(exam, name, person)
        exam.expect(
            len(calls) <= 1,
            f"one call of {name} for an address that signs up three times",
            str(len(calls)),
            site=started_at(exam, calls, exchange),
            timeline=exam.services.calls,
        )

    exam.services.send_welcome_mail.fails("MailError", "the mailbox is full")
    _, sender = await sign_up(exam, unlucky)
    await exam.settle()
    reply = await exam.post("/signups", json=unlucky)
    # An address whose mail was sent is taken: so it is the failed mail that matters.
    exam.expect(
        reply.status == 409,
        f"{reply.request} answers 409 also when the first mail has failed",
        str(reply.status),
        advice="What does your code do to the address after MailError?",
        site=_forgotten_at(exam, made_at(exam, mails(exam, unlucky), sender)),
    )


def _remembered_at(
    exam: Exam, calls: Sequence[CallRecord], reply: Reply
) -> Site | None:
    """The line that takes an address only where its mail is sent, or the answer."""
    answer = exam.answer(reply.run)
    mail = calls[-1].site if calls else None
    if answer and exam.code.beside(mail, [answer]):
        return answer
    added = exam.code.beside(mail, exam.code.calls("add", "append"))
    return [*added, answer][0]


def _forgotten_at(exam: Exam, mail: Site | None) -> Site | None:
    """The line that frees an address after its mail has failed.

    Either the address is taken away where the mail is sent, or the status is looked at
    somewhere else.
    """
    taken_away = exam.code.calls("discard", "remove", "pop")
    sending = exam.code.function(mail) if mail else None
    looks = [
        site
        for site in exam.code.texts("failed")
        if exam.code.function(site) not in (None, sending)
    ]
    return [*exam.code.beside(mail, taken_away), *looks, mail][0]


@check(
    "errors",
    points=1,
    hint="Where is the status kept, and for whom does the background work change it?",
)
async def test_every_sign_up_has_its_own_status(exam: Exam) -> None:
    """Every sign-up has a status of its own; an unknown one is a 404."""
    everybody = people(exam, 3)
    unlucky = exam.random.choice(everybody)
    addresses = [person["email"] for person in everybody]
    takes = dict(zip(addresses, exam.random.sample((1.0, 2.0, 3.0), 3), strict=True))
    fail_for(
        exam.services.send_welcome_mail,
        lambda email: email == unlucky["email"],
        "MailError",
        "no such mailbox",
    ).takes(lambda email, name: takes[email])

    signed_up = [await sign_up(exam, person) for person in everybody]
    await exam.settle()

    for (number, exchange), person in zip(signed_up, everybody, strict=True):
        expect_state(
            exam,
            await state_of(exam, number),
            number,
            "failed" if person is unlucky else "mailed",
            "when its own mail is done",
            site=started_at(exam, mails(exam, person), exchange),
        )
    numbers = {number for number, _ in signed_up}
    nobody = max(numbers) + exam.random.randrange(10_000, 90_000)
    exam.expect_status(await state_of(exam, nobody), 404)
    for odd in {0, -1} - numbers:
        reply = await state_of(exam, odd)
        # not stated: a type may say that this is no number of a sign-up.
        if reply.status != 422:
            exam.expect_status(reply, 404)

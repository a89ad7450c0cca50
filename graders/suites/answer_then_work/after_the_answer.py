"""The answer comes first, and the work after it, once."""

from __future__ import annotations

from graders.proctor import Exam, Exchange, check
from graders.suites.answer_then_work.causes import made_at, started_at
from graders.suites.answer_then_work.expectations import expect_once, expect_state
from graders.suites.answer_then_work.world import (
    CROWD,
    SERVICES,
    Person,
    ask_to_sign_up,
    mails,
    people,
    sign_all_up,
    sign_up,
    signed_up,
    state_of,
)


@check(
    "blocking",
    points=3,
    hint="Which line of the endpoint waits? Work that is handed over to be called "
    "later has not been called yet.",
)
async def test_a_sign_up_is_answered_at_once(exam: Exam) -> None:
    """The answer to a sign-up waits for neither the mail nor the CRM."""
    exam.services.send_welcome_mail.takes(3.0)
    exam.services.add_contact.takes(2.0)
    (person,) = people(exam, 1)

    number, exchange = await sign_up(exam, person)

    reply = await exchange.reply()
    before = [call for call in exam.services.calls if call.began < reply.ended]
    exam.expect(
        reply.took == 0,
        "an answer at once",
        f"an answer after {reply.took:g} s",
        site=exam.blocker or started_at(exam, before, exchange),
        timeline=exam.services.calls,
    )
    exam.expect_json(reply, {"id": number, "status": "queued"})


@check(
    "blocking",
    points=3,
    hint="The mail blocks the thread on which it is sent. On which thread does a "
    "background task run that is `async def`, and on which a plain `def`?",
)
async def test_the_service_answers_while_a_mail_is_on_its_way(exam: Exam) -> None:
    """While a mail is on its way, the service answers at once."""
    early, person, *late = people(exam, 2 + CROWD)
    await sign_up(exam, early)
    await exam.settle()

    with exam.services.send_welcome_mail.gate():
        exchange = ask_to_sign_up(exam, person)
        await exam.settle()
        _expect_a_mail_on_its_way(exam, person, exchange)
        number = await signed_up(exam, exchange)
        state = await state_of(exam, number)
        others = await sign_all_up(exam, late)
        last = await state_of(exam, others[-1][0])

    for reply in (state, last):
        exam.expect_status(reply, 200)
        exam.expect_took(reply, 0.0)
    for _, other in others:
        exam.expect_took(await other.reply(), 0.0)


def _expect_a_mail_on_its_way(exam: Exam, person: Person, sender: Exchange) -> None:
    """The sign-up is answered, and its mail waits at a gate."""
    calls = mails(exam, person)
    exam.expect(
        sender.ended is not None,
        "an answer while the mail is on its way",
        "none before the mail has been sent",
        advice="Which line of the endpoint waits for the mail?",
        site=exam.blocker or started_at(exam, calls, sender),
        timeline=exam.services.calls,
    )
    exam.expect(
        bool(calls),
        "send_welcome_mail is called after the answer",
        "it was never called",
        advice="Follow the work that you hand over: which step leads to "
        "send_welcome_mail, and is it ever taken?",
        site=exam.endpoint(sender.run),
        timeline=exam.services.calls,
    )


@check(
    "awaits",
    points=3,
    hint="Follow the call: is the function called, is what it returns awaited, and is "
    "the status set only then?",
)
async def test_the_mail_is_sent_and_the_contact_entered_once(exam: Exam) -> None:
    """The mail is sent and the contact is entered, once each, after the answer."""
    exam.services.send_welcome_mail.takes(3.0)
    exam.services.add_contact.takes(0.5)
    (person,) = people(exam, 1)
    # They go out as they came in: capitals, white space and all.
    person = {"email": f"News+{person['email']}", "name": f" {person['name']} "}

    exchange = ask_to_sign_up(exam, person)
    await exam.sleep(1.0)
    if exchange.ended is not None:
        number = await signed_up(exam, exchange)
        state = await state_of(exam, number)
        calls = mails(exam, person)
        if not any(call.ended for call in calls):
            expect_state(
                exam,
                state,
                number,
                "queued",
                "before the mail has been sent",
                advice="What has to be waited for before the status may change?",
                site=made_at(exam, calls, exchange),
            )
    number = await signed_up(exam, exchange)
    await exam.settle()

    for name in SERVICES:
        expect_once(exam, name, person, exchange)
    expect_state(
        exam,
        await state_of(exam, number),
        number,
        "mailed",
        "after the mail has been sent",
        site=made_at(exam, mails(exam, person), exchange),
    )

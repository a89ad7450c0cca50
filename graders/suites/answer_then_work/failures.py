"""A mail or a contact that fails stops nothing else."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.answer_then_work.causes import made_at
from graders.suites.answer_then_work.expectations import (
    expect_once,
    expect_quiet,
    expect_state,
)
from graders.suites.answer_then_work.world import (
    CROWD,
    contacts,
    fail_for,
    mails,
    people,
    sign_all_up,
    sign_up,
    state_of,
)

_WHAT_ENDED = "What did the errors bring to an end that the next sign-up needs?"


@check(
    "errors",
    points=2,
    hint="The contact is nobody's business but the CRM's: who catches CrmError, and "
    "what does it do to the mail?",
)
async def test_a_crm_that_fails_does_not_stop_the_mail(exam: Exam) -> None:
    """A CRM that fails stops no mail and no later contact, and changes no status."""
    quick, slow = exam.random.choice(((1.0, 2.0), (0.5, 1.5), (0.75, 1.75)))
    both = people(exam, 2)
    exam.services.add_contact.fails("CrmError", "the CRM is being updated")

    # Whichever of the two comes to its end first.
    for person, mail, contact in zip(both, (quick, slow), (slow, quick), strict=True):
        exam.services.send_welcome_mail.takes(mail)
        exam.services.add_contact.takes(contact)
        number, exchange = await sign_up(exam, person)
        await exam.sleep(mail + 0.25)
        if any(call.ended for call in mails(exam, person)):
            expect_state(
                exam,
                await state_of(exam, number),
                number,
                "mailed",
                "once the mail has been sent, whatever the CRM does",
                site=made_at(exam, contacts(exam, person), exchange),
            )
        await exam.settle()

        expect_once(exam, "send_welcome_mail", person, exchange)
        expect_quiet(exam, exchange)
        expect_state(
            exam,
            await state_of(exam, number),
            number,
            "mailed",
            "although CrmError was raised",
            site=made_at(exam, contacts(exam, person), exchange),
        )

    first, later = (contacts(exam, person) for person in both)
    exam.expect(
        bool(later) or not first,
        "add_contact is called for the sign-up after one whose contact failed",
        "it was never called",
        advice="What did CrmError bring to an end that the next sign-up needs?",
        site=first[-1:],
        timeline=exam.services.calls,
    )


@check(
    "errors",
    points=2,
    hint="What becomes of the other background tasks when the first one raises? Let "
    "each piece of work catch its own error.",
)
async def test_a_mail_that_fails_does_not_stop_the_rest(exam: Exam) -> None:
    """A mail that fails gives `failed`; contacts and other sign-ups go on."""
    person, late, *unlucky = people(exam, 2 + CROWD)
    mailed, entered = {late["email"]}, {person["email"], late["email"]}
    fail_for(
        exam.services.send_welcome_mail,
        lambda email: email not in mailed,
        "MailError",
        "the mailbox is full",
    ).takes(1.0)
    fail_for(
        exam.services.add_contact,
        lambda email: email not in entered,
        "CrmError",
        "the CRM is being updated",
    ).takes(2.0)

    number, exchange = await sign_up(exam, person)
    await exam.settle()

    expect_quiet(exam, exchange)
    expect_once(
        exam,
        "add_contact",
        person,
        exchange,
        advice="When the mail has failed, which of your lines still leads to "
        "add_contact?",
    )
    failed = made_at(exam, mails(exam, person), exchange)
    expect_state(
        exam,
        await state_of(exam, number),
        number,
        "failed",
        "after MailError was raised",
        advice="Where does MailError arrive, and what does that line do to the status?",
        site=failed,
    )
    # However often mails and contacts have failed.
    await sign_all_up(exam, unlucky)
    await exam.settle()
    next_number, sender = await sign_up(exam, late)
    await exam.settle()
    expect_state(
        exam,
        await state_of(exam, next_number),
        next_number,
        "mailed",
        "for the sign-up after failed ones",
        advice=_WHAT_ENDED,
        site=failed,
    )
    lines = [call.site for call in exam.calls.of("add_contact") if call.site]
    exam.expect(
        bool(contacts(exam, late)),
        "add_contact is called for the sign-up after failed ones",
        "it was never called",
        advice=_WHAT_ENDED,
        site=[exam.endpoint(sender.run), *lines][-1],
    )
    expect_once(exam, "add_contact", late, sender)

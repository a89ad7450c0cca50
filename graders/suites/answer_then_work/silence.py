"""A CRM that keeps silent holds nothing up."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.answer_then_work.causes import started_at
from graders.suites.answer_then_work.expectations import expect_state
from graders.suites.answer_then_work.world import CROWD, people, sign_all_up


@check(
    "errors",
    points=1,
    hint="What does a mail wait for: also for what has nothing to do with mails?",
)
async def test_no_mail_waits_for_the_crm(exam: Exam) -> None:
    """While the CRM keeps silent, mails are sent, and every status says so."""
    exam.services.send_welcome_mail.takes(1.0)

    with exam.services.add_contact.gate():
        signed_up = await sign_all_up(exam, people(exam, CROWD))
        await exam.settle()
        asked = [exam.start("GET", f"/signups/{number}") for number, _ in signed_up]
        silent = [call for call in exam.calls.of("add_contact") if call.in_flight]
        for (number, sender), state in zip(signed_up, asked, strict=True):
            expect_state(
                exam,
                await state.reply(),
                number,
                "mailed",
                "although the CRM has not answered yet",
                site=next((call.site for call in silent if call.site), None)
                or started_at(exam, silent, sender),
            )

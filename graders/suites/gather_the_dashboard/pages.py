"""What stands on a page: the answers of all services, and of its own patient."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import permutations
from typing import Any

from graders.proctor import CallRecord, Exam, Reply, check
from graders.suites.gather_the_dashboard.world import (
    SERVICE_OF,
    SERVICES,
    Clinic,
    durations,
    only_call,
    path,
)


@check(
    "awaits",
    points=2,
    hint="Wait for every call that you start, start each once, and use its result.",
)
async def test_every_service_has_answered_before_the_page_is_sent(exam: Exam) -> None:
    """Each service is asked once, and has answered before the page is sent."""
    clinic = Clinic(exam)
    patient = clinic.admit()
    durations(exam, patient=1, others=5, billing=3)

    reply = await exam.get(path(patient))

    exam.expect_status(reply, 200)
    for name in SERVICES:
        call = only_call(exam, reply, name, patient)
        exam.expect(
            call.outcome == "answered",
            f"{name} has answered when the page is sent",
            f"its call was {call.outcome or 'still in flight'}",
            site=call.site,
            timeline=exam.services.calls,
        )
    # One that is down is not asked again, either.
    for name in SERVICES:
        unlucky = clinic.admit(name)
        reply = await exam.get(path(unlucky))

        only_call(exam, reply, name, unlucky)


@check(
    "errors",
    points=2,
    hint="Follow each value from the service that returned it to its place on the "
    "page.",
)
async def test_every_page_shows_its_own_patient(exam: Exam) -> None:
    """Every page shows what the services said about its own patient."""
    clinic = Clinic(exam)
    patients = [clinic.admit() for _ in range(3)] + [clinic.admit(bare=True)]
    durations(exam, patient=2, others=1, billing=3)

    # Two at once and two afterwards.
    replies = await asyncio.gather(*(exam.get(path(one)) for one in patients[:2]))
    replies += [await exam.get(path(one)) for one in patients[2:]]

    pages = [clinic.page(one) for one in patients]
    for patient, page, reply in zip(patients, pages, replies, strict=True):
        exam.expect_status(reply, 200)
        call = only_call(exam, reply, "fetch_billing", patient)
        _expect_own_insurer(exam, call, page, pages)
        _expect_in_place(exam, reply, page)
        exam.expect_json(reply, page, source="the service")


def _expect_own_insurer(
    exam: Exam, call: CallRecord, page: dict[str, Any], pages: Iterable[dict[str, Any]]
) -> None:
    """Billing was asked for with the insurer of the patient's own record.

    The insurer of somebody else comes from a record that another request has fetched.
    """
    insurer = call.arguments["insurer"]
    patients = [one["patient"] for one in pages]
    strangers = [one["id"] for one in patients if one["insurer"] == insurer]
    fetched = [
        other
        for other in exam.calls.of("fetch_patient")
        if other.arguments["patient_id"] in strangers
    ]
    exam.expect(
        insurer == page["patient"]["insurer"],
        "fetch_billing is called with the insurer of the patient's record",
        f"it was called with {insurer!r}"
        + (", from another patient's record" if fetched else ""),
        advice="This line fetched that record, for another page. Where is it kept, and "
        "for whom?"
        if fetched
        else "",
        site=[call, *fetched][-1].site,
    )


def _expect_in_place(exam: Exam, reply: Reply, page: dict[str, Any]) -> None:
    """No service's answer stands where that of another one belongs."""
    told = exam.json_of(reply)
    for part, other in permutations(page, 2):
        taken = isinstance(told, dict) and told.get(part) == page[other] != page[part]
        calls = exam.calls.of(SERVICE_OF[other], run=reply.run)
        exam.expect(
            not taken,
            f"{reply.request}: `{part}` as {SERVICE_OF[part]} says",
            f"what {SERVICE_OF[other]} returned",
            advice="Follow what this call returns: under which names does it pass, "
            "until it stands on the page?",
            site=[*calls[-1:], exam.answer(reply.run, part)],
        )

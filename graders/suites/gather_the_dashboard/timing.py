"""How long a page takes, and which service waits for which."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack

from graders.proctor import Exam, check
from graders.suites.gather_the_dashboard.world import (
    SERVICES,
    Clinic,
    durations,
    only_call,
    path,
)

# So many pages wait for their services while another one is asked for: all but one of
# the threads that a server has for `def` endpoints.
_SLOW = 39


@check(
    "concurrency",
    points=2,
    hint="Look for a call that waits for one whose result it does not use.",
    guard=True,
)
async def test_the_page_takes_no_longer_than_its_longest_chain(exam: Exam) -> None:
    """The page takes no longer than its longest chain of calls."""
    patient = Clinic(exam).admit()
    durations(exam, patient=2, others=3, billing=2)

    reply = await exam.get(path(patient))

    exam.expect_status(reply, 200)
    # A page that comes too soon has left a call out; other checks say which.
    if reply.took > 4.0:
        exam.expect_took(reply, 4.0)


@check(
    "concurrency",
    points=2,
    hint="Neither of them uses the patient's record. Let all three begin before you "
    "wait for the first.",
)
async def test_appointments_and_labs_do_not_wait_for_the_patient(exam: Exam) -> None:
    """Appointments and lab results are asked for without waiting for the patient."""
    await _expect_asked_early(
        exam, ("fetch_appointments", "fetch_labs"), held=("fetch_patient",)
    )


@check(
    "concurrency",
    points=1,
    hint="Billing needs the patient and nothing else. Who could wait for the patient "
    "on its behalf, beside the other calls?",
)
async def test_billing_waits_for_the_patient_alone(exam: Exam) -> None:
    """Billing is asked for as soon as the patient's record is there."""
    await _expect_asked_early(
        exam, ("fetch_billing",), held=("fetch_appointments", "fetch_labs")
    )


async def _expect_asked_early(
    exam: Exam, names: Collection[str], *, held: Collection[str]
) -> None:
    """Services are asked although the answers of others are held back."""
    patient = Clinic(exam).admit()

    with ExitStack() as gates:
        for name in held:
            gates.enter_context(getattr(exam.services, name).gate())
        exchange = exam.start("GET", path(patient))
        await exam.settle(1)
        early = {call.name for call in exam.services.calls}
    reply = await exchange.reply()

    exam.expect_status(reply, 200)
    for name in names:
        call = only_call(exam, reply, name, patient)
        exam.expect(
            name in early,
            f"{name} is asked before {' and '.join(held)} answered",
            "it was asked afterwards",
            site=call.site,
            timeline=exam.services.calls,
        )


@check(
    "concurrency",
    points=1,
    hint="What do two requests share in your code, and must one of them wait for it?",
)
async def test_pages_do_not_wait_for_one_another(exam: Exam) -> None:
    """A page does not wait for others whose services are slow."""
    clinic = Clinic(exam)
    slow, quick = [clinic.admit() for _ in range(_SLOW)], clinic.admit()
    for name in SERVICES:
        getattr(exam.services, name).takes(
            lambda patient_id, **others: 1 if patient_id == quick else 20
        )
    # The records of the slow ones come at once, so that nothing slow follows them.
    exam.services.fetch_patient.takes(lambda patient_id: int(patient_id == quick))

    exchanges = [exam.start("GET", path(one)) for one in slow]
    reply = await exam.get(path(quick))
    ended = any(exchange.ended is not None for exchange in exchanges)

    exam.expect_status(reply, 200)
    own = exam.calls.of(run=reply.run)
    exam.expect(
        not ended,
        f"{reply.request} is answered while {_SLOW} others wait for their services",
        "it was answered only afterwards",
        site=exam.cause_of_delay(reply, own),
        # One call of each page is enough to draw.
        timeline=exam.calls.of("fetch_patient"),
    )

"""Pages that are errors: nobody knows the patient, or a service is down."""

from __future__ import annotations

from graders.proctor import CallRecord, Exam, Reply, Site, check
from graders.suites.gather_the_dashboard.world import (
    SERVICES,
    Clinic,
    durations,
    path,
)

# A service that fails so often in a row may be well for the next page.
_IN_A_ROW = 5


@check(
    "errors",
    points=1,
    hint="Which exception says that there is no such patient, and where does it "
    "arrive?",
)
async def test_an_unknown_patient_is_404(exam: Exam) -> None:
    """A patient whom nobody knows is a 404."""
    clinic = Clinic(exam)
    nobody = clinic.nobody()
    # The last to end, so that no style leaves calls running behind its answer.
    durations(exam, patient=5, others=1, billing=1)

    reply = await exam.get(path(nobody))

    _expect_error(exam, reply, 404)
    # Now somebody has been given the number.
    reply = await exam.get(path(clinic.admit(number=nobody)))
    exam.expect_status(reply, 200)


@check(
    "errors",
    points=2,
    hint="Any of the four calls may raise ServiceDown; look at how each one's error "
    "reaches you.",
)
async def test_a_service_that_is_down_is_502(exam: Exam) -> None:
    """When any of the four services is down, the page is a 502."""
    clinic = Clinic(exam)
    for name in exam.random.sample(SERVICES, len(SERVICES)):
        durations(exam, patient=1, others=1, billing=1)
        getattr(exam.services, name).takes(5)

        for _ in range(_IN_A_ROW):
            patient = clinic.admit(name)
            reply = await exam.get(path(patient))

            _expect_error(exam, reply, 502)
        # It is up again.
        for number in (None, patient):
            reply = await exam.get(path(clinic.admit(number=number)))
            exam.expect_status(reply, 200)


@check(
    "awaits",
    points=1,
    hint="Let two of the calls fail. Who hears of each error: also of the one that "
    "comes first, and of the one that nobody waits for any more?",
)
async def test_several_calls_may_fail_for_one_page(exam: Exam) -> None:
    """When several calls fail for one page, it is still a 404 or a 502."""
    clinic = Clinic(exam)
    early, late = exam.random.sample(("fetch_appointments", "fetch_labs"), 2)
    pages = (
        # At the very same moment, and one after the other.
        (clinic.admit(early), 1, (502,)),
        (clinic.admit(early, late), 1, (502,)),
        (clinic.admit("fetch_patient", late), 1, (502,)),
        (clinic.nobody(early), 2, (404, 502)),
        (clinic.nobody("fetch_appointments", "fetch_labs"), 0.5, (404, 502)),
        (clinic.admit("fetch_appointments", "fetch_labs"), 2, (502,)),
        (clinic.admit("fetch_patient", early), 2, (502,)),
        (clinic.admit("fetch_billing", early), 0.5, (502,)),
    )
    for patient, first, statuses in pages:
        durations(exam, patient=first, others=1, billing=1)

        reply = await exam.get(path(patient))

        # An error that nobody retrieves is found when the check is over.
        status = reply.status if reply.status in statuses else statuses[0]
        _expect_error(exam, reply, status)
        await exam.settle()


def _expect_error(exam: Exam, reply: Reply, status: int) -> None:
    """A service has failed, and the page is this error.

    Where the page is there all the same, the error was lost on its way from the call.
    """
    failed = [
        call
        for call in exam.calls.of(run=reply.run)
        if call.outcome == "failed" and call.lines
    ]
    if failed:
        exam.expect(
            reply.status != 200,
            f"{reply.request} answers {status}",
            f"200, although {failed[0].name} failed",
            site=_losing_the_error(exam, failed[0]),
        )
    exam.expect_status(reply, status)
    # Who gives this answer to anything at all has it from no service.
    exam.expect(
        bool(exam.services.calls),
        f"{reply.request} answers {status} because of what a service says",
        "none was asked",
        site=exam.answer(reply.run),
    )


def _losing_the_error(exam: Exam, call: CallRecord) -> Site | None:
    """The clause that kept the error of a call, or else where the call began."""
    keeping = exam.code.handlers("ServiceDown", "Exception", "BaseException")
    on_the_way = [
        clause
        for site in call.lines
        for clause in exam.code.clauses(site)
        if clause in keeping
    ]
    return [*on_the_way, call.outermost][0]

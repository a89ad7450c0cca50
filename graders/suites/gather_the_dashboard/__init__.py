"""The hidden suite of the kata `gather_the_dashboard`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, permutations
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

SERVICES = ("fetch_patient", "fetch_appointments", "fetch_labs", "fetch_billing")
NAMES = ("Iris", "Noor", "Pablo", "Yuki", "Marek", "Zola", "Dara", "Finn")
INSURERS = ("Arvena", "Solidar", "Lumen", "Ostia", "Meridian")
TESTS = ("glucose", "calcium", "albumin", "zinc", "iron")
# So many pages wait for their services while another one is asked for: all but one of
# the threads that a server has for `def` endpoints.
SLOW = 39
# A service that fails so often in a row may be well for the next page.
IN_A_ROW = 5
DOCTORS = ("Dr. Haas", "Dr. Ito", "Dr. Silva", "Dr. Weil")


class Clinic:
    """The world: patients that are drawn anew for every check."""

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self._numbers = count(exam.random.randrange(1_000, 9_000))
        self._insurers = exam.random.sample(INSURERS, len(INSURERS))
        self._pages: dict[int, dict[str, Any]] = {}
        self._down: dict[int, tuple[str, ...]] = {}
        for name in SERVICES:
            part = name.removeprefix("fetch_")
            getattr(exam.services, name).answers(self._answer(name, part))

    def _answer(self, name: str, part: str) -> Any:
        def answer(patient_id: int, insurer: str | None = None) -> Any:
            page = self._pages.get(patient_id)
            if name in self._down.get(patient_id, ()):
                raise Raises("ServiceDown", name)
            if page is None:
                if part == "patient":
                    raise Raises("PatientNotFound", patient_id)
                return {"insurer": insurer, "open": 0} if insurer else []
            if insurer is not None and insurer != page["patient"]["insurer"]:
                return {"insurer": insurer, "open": 0}
            return page[part]

        return answer

    def nobody(self, *down: str) -> int:
        """The number of no patient; `down` names services that fail for this one."""
        number = next(self._numbers)
        self._down[number] = down
        return number

    def admit(self, *down: str, bare: bool = False, number: int | None = None) -> int:
        """A new patient's number; `down` names services that fail for this one.

        Args:
            bare: whether there are no appointments, no results, and nothing to pay.
            number: that of somebody who was no patient until now.
        """
        number, draw = number or next(self._numbers), self._random
        insurer = self._insurers[number % len(self._insurers)]
        labs = [
            {"test": test, "value": draw.randint(10, 900) / 10}
            for test in draw.sample(TESTS, 2)
        ]
        self._pages[number] = {
            "patient": {"id": number, "name": draw.choice(NAMES), "insurer": insurer},
            "appointments": [
                {
                    "day": f"2025-{draw.randint(1, 12):02}-{draw.randint(10, 28)}",
                    "doctor": draw.choice(DOCTORS),
                }
                for _ in range(0 if bare else draw.randint(1, 3))
            ],
            # The same result may be there twice.
            "labs": [] if bare else [*labs, labs[0]],
            "billing": {
                "insurer": insurer,
                "open": 0 if bare else draw.randint(1, 90_000),
            },
        }
        self._down[number] = down
        return number

    def page(self, number: int) -> dict[str, Any]:
        return self._pages[number]


def durations(exam: Exam, patient: float, others: float, billing: float) -> None:
    """Set how long the services take, in seconds."""
    exam.services.fetch_patient.takes(patient)
    exam.services.fetch_appointments.takes(others)
    exam.services.fetch_labs.takes(others)
    exam.services.fetch_billing.takes(billing)


def path(number: int) -> str:
    return f"/patients/{number}/summary"


def only_call(exam: Exam, reply: Reply, name: str, patient: int) -> CallRecord:
    """The one call of a service that the page of a patient needs."""
    calls = [call for call in exam.calls.of(name) if patient in call.arguments.values()]
    exam.expect(
        len(calls) == 1,
        f"{name} is asked once for the page",
        f"{len(calls)} calls" if calls else "no call for this patient",
        site=calls[-1].site if calls else exam.endpoint(reply.run),
        timeline=exam.services.calls,
    )
    return calls[0]


def expect_early(exam: Exam, call: CallRecord, early: set[str], *held: str) -> None:
    """The call was made although the answers of others were held back."""
    exam.expect(
        call.name in early,
        f"{call.name} is asked before {' and '.join(held)} answered",
        "it was asked afterwards",
        site=call.site,
        timeline=exam.services.calls,
    )


def expect_error(exam: Exam, reply: Reply, status: int) -> None:
    """A service has failed, and the page is this error.

    Where the page is there all the same, the error was lost on its way from the call.
    """
    failed = [
        call
        for call in exam.services.calls
        if call.run == reply.run and call.outcome == "failed" and call.lines
    ]
    exam.expect(
        reply.status != 200 or not failed,
        f"{reply.request} answers {status}",
        f"200, although {failed[0].name} failed" if failed else "",
        site=losing_the_error(exam, failed[0]) if failed else None,
    )
    exam.expect_status(reply, status)
    # Who gives this answer to anything at all has it from no service.
    exam.expect(
        bool(exam.services.calls),
        f"{reply.request} answers {status} because of what a service says",
        "none was asked",
        site=exam.answer(reply.run),
    )


def losing_the_error(exam: Exam, call: CallRecord) -> Site | None:
    """The clause that kept the error of a call, or else where the call began."""
    keeping = exam.code.handlers("ServiceDown", "Exception", "BaseException")
    on_the_way = [
        clause
        for site in call.lines
        for clause in exam.code.clauses(site)
        if clause in keeping
    ]
    return [*on_the_way, call.outermost][0]


def expect_own_insurer(
    exam: Exam, call: CallRecord, page: dict[str, Any], others: Sequence[dict[str, Any]]
) -> None:
    """Billing was asked for with the insurer of the patient's own record.

    The insurer of somebody else comes from a record that another request has fetched.
    """
    insurer = call.arguments["insurer"]
    strangers = [
        other["patient"]["id"]
        for other in others
        if other["patient"]["insurer"] == insurer
    ]
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
        site=fetched[-1].site if fetched else call.site,
    )


def expect_in_place(exam: Exam, reply: Reply, page: dict[str, Any]) -> None:
    """No service's answer stands where that of another one belongs."""
    told = exam.json_of(reply)
    for part, other in permutations(page, 2):
        taken = isinstance(told, dict) and told.get(part) == page[other] != page[part]
        calls = [
            call for call in exam.calls.of(f"fetch_{other}") if call.run == reply.run
        ]
        exam.expect(
            not taken,
            f"{reply.request}: `{part}` as fetch_{part} says",
            f"what fetch_{other} returned",
            advice="Follow what this call returns: under which names does it pass, "
            "until it stands on the page?",
            site=calls[-1].site if calls else exam.answer(reply.run, part),
        )


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
    patient = Clinic(exam).admit()

    with exam.services.fetch_patient.gate():
        exchange = exam.start("GET", path(patient))
        await exam.settle(1)
        early = {call.name for call in exam.services.calls}
    reply = await exchange.reply()

    exam.expect_status(reply, 200)
    for name in ("fetch_appointments", "fetch_labs"):
        call = only_call(exam, reply, name, patient)
        expect_early(exam, call, early, "fetch_patient")


@check(
    "concurrency",
    points=1,
    hint="Billing needs the patient and nothing else. Who could wait for the patient "
    "on its behalf, beside the other calls?",
)
async def test_billing_waits_for_the_patient_alone(exam: Exam) -> None:
    """Billing is asked for as soon as the patient's record is there."""
    patient = Clinic(exam).admit()

    with exam.services.fetch_appointments.gate(), exam.services.fetch_labs.gate():
        exchange = exam.start("GET", path(patient))
        await exam.settle(1)
        early = {call.name for call in exam.services.calls}
    reply = await exchange.reply()

    exam.expect_status(reply, 200)
    call = only_call(exam, reply, "fetch_billing", patient)
    expect_early(exam, call, early, "fetch_appointments", "fetch_labs")


@check(
    "concurrency",
    points=1,
    hint="What do two requests share in your code, and must one of them wait for it?",
)
async def test_pages_do_not_wait_for_one_another(exam: Exam) -> None:
    """A page does not wait for others whose services are slow."""
    clinic = Clinic(exam)
    slow, quick = [clinic.admit() for _ in range(SLOW)], clinic.admit()
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
    calls = exam.calls.of("fetch_patient")
    own = [call for call in exam.services.calls if call.run == reply.run]
    exam.expect(
        not ended,
        f"{reply.request} is answered while {SLOW} others wait for their services",
        "it was answered only afterwards",
        site=exam.cause_of_delay(reply, own),
        # One call of each page is enough to draw.
        timeline=calls,
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

    for patient, reply in zip(patients, replies, strict=True):
        exam.expect_status(reply, 200)
        page = clinic.page(patient)
        call = only_call(exam, reply, "fetch_billing", patient)
        expect_own_insurer(exam, call, page, [clinic.page(one) for one in patients])
        expect_in_place(exam, reply, page)
        exam.expect_json(reply, page, source="the service")


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

    expect_error(exam, reply, 404)
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

        for _ in range(IN_A_ROW):
            reply = await exam.get(path(clinic.admit(name)))

            expect_error(exam, reply, 502)
        # It is up again.
        reply = await exam.get(path(clinic.admit()))
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
    early = exam.random.choice(("fetch_appointments", "fetch_labs"))
    pages = (
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
        expect_error(exam, reply, status)
        await exam.settle()


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class Visit:
    """A page that is asked for.

    Attributes:
        at: when.
        patient, appointments, labs, billing: how long each service takes.
        down: the services that fail.
        known: whether there is such a patient.
        again: whether it is the page of the visit before, with all of its data.
    """

    at: float
    patient: float
    appointments: float
    labs: float
    billing: float
    down: tuple[str, ...] = ()
    known: bool = True
    again: bool = False

    def __post_init__(self) -> None:
        if self.down and not self.known:
            raise ValueError("either error would be right")


def drawn_visits(draw: Random) -> tuple[Visit, ...]:
    def visit() -> Visit:
        outcome = draw.random()
        down = draw.sample(SERVICES, draw.randint(1, 4)) if outcome < 0.25 else []
        # What runs on after an error has ended before the next plan.
        most = 4 if down else draw.choice((4, 4, 90))
        takes = [seconds(draw, most) for _ in SERVICES]
        if not down and draw.random() < 0.2:
            # They answer at the same moment, or at once.
            takes = [draw.choice((0.0, takes[0]))] * len(SERVICES)
        patient, appointments, labs, billing = takes
        return Visit(
            at=seconds(draw, 4),
            patient=patient,
            appointments=appointments,
            labs=labs,
            billing=billing,
            down=tuple(down),
            known=outcome < 0.9,
            again=draw.random() < 0.2,
        )

    return tuple(visit() for _ in range(draw.randint(1, 5)))


@every_schedule(
    "concurrency",
    points=2,
    hint="What do two requests share in your module, while both wait?",
    plans=drawn_visits,
    free=("ways of errors",),
)
async def test_each_page_is_its_own_at_any_time(
    exam: Exam, plan: tuple[Visit, ...]
) -> Observation:
    """Pages that are asked for at any moment are each their own, and on time"""
    clinic = Clinic(exam)
    visits: dict[int, Visit] = {}
    asks: list[Ask] = []
    for visit in plan:
        if not (visit.again and visits):
            admit = clinic.admit if visit.known else clinic.nobody
            visits[admit(*visit.down)] = visit
        asks.append(Ask("GET", path([*visits][-1]), visit.at))
    for name in SERVICES:
        part = name.removeprefix("fetch_")
        getattr(exam.services, name).takes(
            lambda patient_id, insurer="", part=part: getattr(visits[patient_id], part)
        )
    return await exam.carry_out(asks)

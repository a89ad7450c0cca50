"""The fake world: a clinic with its patients, and the calls for a patient's page."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any

from graders.proctor import CallRecord, Exam, Raises, Reply

# What stands on a page, and the service that says it.
SERVICE_OF = {
    part: f"fetch_{part}" for part in ("patient", "appointments", "labs", "billing")
}
SERVICES = tuple(SERVICE_OF.values())
NAMES = ("Iris", "Noor", "Pablo", "Yuki", "Marek", "Zola", "Dara", "Finn")
INSURERS = ("Arvena", "Solidar", "Lumen", "Ostia", "Meridian")
TESTS = ("glucose", "calcium", "albumin", "zinc", "iron")
DOCTORS = ("Dr. Haas", "Dr. Ito", "Dr. Silva", "Dr. Weil")


class Clinic:
    """The world: patients that are drawn anew for every check."""

    def __init__(self, exam: Exam) -> None:
        self._random = exam.random
        self._numbers = count(exam.random.randrange(1_000, 9_000))
        self._insurers = exam.random.sample(INSURERS, len(INSURERS))
        self._pages: dict[int, dict[str, Any]] = {}
        self._down: dict[int, tuple[str, ...]] = {}
        for part, name in SERVICE_OF.items():
            getattr(exam.services, name).answers(partial(self._answer, part))

    def _answer(self, part: str, patient_id: int, insurer: str | None = None) -> Any:
        page = self._pages.get(patient_id)
        if SERVICE_OF[part] in self._down.get(patient_id, ()):
            raise Raises("ServiceDown", SERVICE_OF[part])
        if page is None:
            if part == "patient":
                raise Raises("PatientNotFound", patient_id)
            return {"insurer": insurer, "open": 0} if insurer else []
        if insurer is not None and insurer != page["patient"]["insurer"]:
            return {"insurer": insurer, "open": 0}
        return page[part]

    def nobody(self, *down: str) -> int:
        """The number of no patient; `down` names services that fail for this one."""
        number = next(self._numbers)
        self._down[number] = down
        return number

    def admit(
        self,
        *down: str,
        bare: bool = False,
        number: int | None = None,
        insurer: str = "",
    ) -> int:
        """A new patient's number; `down` names services that fail for this one.

        Args:
            bare: whether there are no appointments, no results, and nothing to pay.
            number: that of somebody who was none until now, or whose page failed.
            insurer: a new one for each of five in a row when left out.
        """
        number, draw = number or next(self._numbers), self._random
        insurer = insurer or self._insurers[number % len(self._insurers)]
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
        site=[*calls[-1:], exam.endpoint(reply.run)],
        timeline=exam.services.calls,
    )
    return calls[0]

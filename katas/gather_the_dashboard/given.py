"""Given: the clinic's four services. Read it, use it, leave it as it is."""

import asyncio
from dataclasses import dataclass


class PatientNotFound(Exception):
    """There is no patient of that number."""


class ServiceDown(Exception):
    """A service answered with an error of its own, or did not answer."""


@dataclass(frozen=True)
class Patient:
    id: int
    name: str
    insurer: str


@dataclass(frozen=True)
class Appointment:
    day: str
    doctor: str


@dataclass(frozen=True)
class LabResult:
    test: str
    value: float


@dataclass(frozen=True)
class Billing:
    """What the insurer has open for the patient, in cents."""

    insurer: str
    open: int


async def fetch_patient(patient_id: int) -> Patient:
    """The patient's record, with the insurer's name.

    Raises:
        PatientNotFound: there is no such patient.
        ServiceDown: the register does not work.
    """
    await asyncio.sleep(0.2)
    if patient_id not in _PATIENTS:
        raise PatientNotFound(patient_id)
    return _PATIENTS[patient_id]


async def fetch_appointments(patient_id: int) -> list[Appointment]:
    """The coming appointments.

    Raises:
        ServiceDown: the calendar does not work.
    """
    await asyncio.sleep(0.3)
    return _APPOINTMENTS.get(patient_id, [])


async def fetch_labs(patient_id: int) -> list[LabResult]:
    """The latest laboratory results.

    Raises:
        ServiceDown: the laboratory does not answer.
    """
    await asyncio.sleep(0.3)
    return _LABS.get(patient_id, [])


async def fetch_billing(insurer: str, patient_id: int) -> Billing:
    """What this insurer has open for the patient.

    Raises:
        ServiceDown: the insurer does not answer. Konkordia never does.
    """
    await asyncio.sleep(0.2)
    if insurer == "Konkordia":
        raise ServiceDown(insurer)
    return Billing(insurer, _OPEN.get((insurer, patient_id), 0))


_PATIENTS = {
    7: Patient(7, "Ada Moreau", "Helvia"),
    12: Patient(12, "Tomas Lind", "Nordia"),
    31: Patient(31, "Wei Zhang", "Konkordia"),
}
_APPOINTMENTS = {7: [Appointment("2025-04-02", "Dr. Okafor")]}
_LABS = {7: [LabResult("ferritin", 61.0)], 12: [LabResult("sodium", 139.0)]}
_OPEN = {("Helvia", 7): 12_000, ("Nordia", 12): 4_550}

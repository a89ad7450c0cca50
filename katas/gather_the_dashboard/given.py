"""Given: the clinic's services. Read it, use it, leave it as it is."""

import asyncio
from typing import Any


class PatientNotFound(Exception):
    """There is no patient of that number."""


class ServiceDown(Exception):
    """A service answered with a server error."""


async def fetch_patient(patient_id: int) -> dict[str, Any]:
    """The patient's record: id, name and insurer.

    Raises:
        PatientNotFound: there is no such patient.
    """
    await asyncio.sleep(0.2)
    if patient_id > 1000:
        raise PatientNotFound(patient_id)
    return {"id": patient_id, "name": "Ada Moreau", "insurer": "Helvia"}


async def fetch_appointments(patient_id: int) -> list[dict[str, Any]]:
    """The coming appointments.

    Raises:
        ServiceDown: the calendar does not work.
    """
    await asyncio.sleep(0.3)
    return [{"day": "2025-04-02", "with": "Dr. Okafor"}]


async def fetch_labs(patient_id: int) -> list[dict[str, Any]]:
    """The latest laboratory results.

    Raises:
        ServiceDown: the laboratory does not answer.
    """
    await asyncio.sleep(0.3)
    return [{"test": "ferritin", "value": 61}]


async def fetch_billing(insurer: str, patient_id: int) -> dict[str, Any]:
    """What the patient's insurer has open.

    Raises:
        ServiceDown: the insurer does not answer.
    """
    await asyncio.sleep(0.2)
    return {"insurer": insurer, "open": 120}

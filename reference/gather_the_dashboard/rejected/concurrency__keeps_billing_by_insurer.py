"""Wrong: what an insurer answers is kept for whoever has the same insurer."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import (
    Billing,
    Patient,
    PatientNotFound,
    ServiceDown,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

app = FastAPI()


class InsurerDesk:
    """Asks the insurers, and has each one's answer at hand for the page."""

    def __init__(self) -> None:
        self._answers: dict[str, Billing] = {}

    async def ask_for(self, patient: Patient) -> None:
        self._answers[patient.insurer] = await fetch_billing(
            patient.insurer, patient.id
        )

    def billing_of(self, patient: Patient) -> Billing:
        return self._answers[patient.insurer]


desk = InsurerDesk()


async def patient_and_billing(patient_id: int) -> Patient:
    """Billing is asked for as soon as the record is there."""
    patient = await fetch_patient(patient_id)
    await desk.ask_for(patient)
    return patient


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    failure: HTTPException | None = None
    try:
        async with asyncio.TaskGroup() as calls:
            chain = calls.create_task(patient_and_billing(patient_id))
            appointments = calls.create_task(fetch_appointments(patient_id))
            labs = calls.create_task(fetch_labs(patient_id))
    except* ServiceDown:
        failure = HTTPException(502, "One of the clinic's services is down")
    except* PatientNotFound:
        failure = HTTPException(404, "There is no such patient")
    if failure is not None:
        raise failure
    patient = chain.result()
    return {
        "patient": patient,
        "appointments": appointments.result(),
        "labs": labs.result(),
        "billing": desk.billing_of(patient),
    }

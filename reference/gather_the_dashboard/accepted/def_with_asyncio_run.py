"""A `def` endpoint, which runs in a thread, with an event loop of its own in there."""

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


async def patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    patient = await fetch_patient(patient_id)
    return patient, await fetch_billing(patient.insurer, patient_id)


async def page(patient_id: int) -> dict[str, Any]:
    (patient, billing), appointments, labs = await asyncio.gather(
        patient_and_billing(patient_id),
        fetch_appointments(patient_id),
        fetch_labs(patient_id),
    )
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }


@app.get("/patients/{patient_id}/summary")
def summary(patient_id: int) -> dict[str, Any]:
    try:
        return asyncio.run(page(patient_id))
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc

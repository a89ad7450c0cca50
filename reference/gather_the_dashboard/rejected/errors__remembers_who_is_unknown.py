"""Wrong: a number that was no patient's once is a 404 for ever."""

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
unknown: set[int] = set()


async def patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    if patient_id in unknown:
        raise PatientNotFound(patient_id)
    try:
        patient = await fetch_patient(patient_id)
    except PatientNotFound:
        unknown.add(patient_id)
        raise
    return patient, await fetch_billing(patient.insurer, patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        (patient, billing), appointments, labs = await asyncio.gather(
            patient_and_billing(patient_id),
            fetch_appointments(patient_id),
            fetch_labs(patient_id),
        )
    except PatientNotFound as exc:
        raise HTTPException(404, "No such patient") from exc
    except ServiceDown as exc:
        raise HTTPException(502, "A service of the clinic is down") from exc
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }

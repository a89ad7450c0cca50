"""Wrong: as fast as it should be, at the price of a second call for the patient."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import (
    Billing,
    PatientNotFound,
    ServiceDown,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

app = FastAPI()


async def billing_of(patient_id: int) -> Billing:
    patient = await fetch_patient(patient_id)
    return await fetch_billing(patient.insurer, patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        patient, appointments, labs, billing = await asyncio.gather(
            fetch_patient(patient_id),
            fetch_appointments(patient_id),
            fetch_labs(patient_id),
            billing_of(patient_id),
        )
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }

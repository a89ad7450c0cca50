"""`return_exceptions=True`, and every one of them is looked at."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import (
    Billing,
    Patient,
    PatientNotFound,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

app = FastAPI()


async def patient_with_billing(patient_id: int) -> tuple[Patient, Billing]:
    patient = await fetch_patient(patient_id)
    billing = await fetch_billing(insurer=patient.insurer, patient_id=patient_id)
    return patient, billing


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    results = await asyncio.gather(
        patient_with_billing(patient_id),
        fetch_appointments(patient_id),
        fetch_labs(patient_id),
        return_exceptions=True,
    )
    errors = [result for result in results if isinstance(result, BaseException)]
    if any(isinstance(error, PatientNotFound) for error in errors):
        raise HTTPException(404)
    if errors:
        raise HTTPException(502)
    first, appointments, labs = results
    assert isinstance(first, tuple)
    patient, billing = first
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }

"""Wrong: remembers the patient of the first page for every other page."""

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
known: dict[str, Patient] = {}


async def fetch_patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    if "patient" not in known:
        known["patient"] = await fetch_patient(patient_id)
    patient = known["patient"]
    return patient, await fetch_billing(patient.insurer, patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        (patient, billing), appointments, labs = await asyncio.gather(
            fetch_patient_and_billing(patient_id),
            fetch_appointments(patient_id),
            fetch_labs(patient_id),
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

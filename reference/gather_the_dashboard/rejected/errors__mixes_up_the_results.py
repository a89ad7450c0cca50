"""Wrong: `gather` answers in the order of its arguments, and this reads another one."""

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


async def fetch_patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    patient = await fetch_patient(patient_id)
    return patient, await fetch_billing(patient.insurer, patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        appointments, labs, both = await asyncio.gather(
            fetch_labs(patient_id),
            fetch_appointments(patient_id),
            fetch_patient_and_billing(patient_id),
        )
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc
    patient, billing = both
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }

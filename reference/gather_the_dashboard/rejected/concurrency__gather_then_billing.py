"""Wrong: billing waits for appointments and labs too, 5 s in all."""

import asyncio
from typing import Any

from fastapi import FastAPI, HTTPException
from given import (
    PatientNotFound,
    ServiceDown,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

app = FastAPI()


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        patient, appointments, labs = await asyncio.gather(
            fetch_patient(patient_id),
            fetch_appointments(patient_id),
            fetch_labs(patient_id),
        )
        billing = await fetch_billing(patient.insurer, patient_id)
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

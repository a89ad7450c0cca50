"""Wrong: leaves out whatever has not come when patient and billing have."""

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
    appointments = asyncio.create_task(fetch_appointments(patient_id))
    labs = asyncio.create_task(fetch_labs(patient_id))
    try:
        patient = await fetch_patient(patient_id)
        billing = await fetch_billing(patient.insurer, patient_id)
        return {
            "patient": patient,
            "appointments": appointments.result() if appointments.done() else [],
            "labs": labs.result() if labs.done() else [],
            "billing": billing,
        }
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc

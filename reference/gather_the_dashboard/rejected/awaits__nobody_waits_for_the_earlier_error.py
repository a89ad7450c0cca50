"""Wrong: when the patient is unknown, nobody looks at what failed before that."""

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
            "appointments": await appointments,
            "labs": await labs,
            "billing": billing,
        }
    except PatientNotFound:
        raise HTTPException(404, "No such patient") from None
    except ServiceDown as error:
        raise HTTPException(502, "A service is down") from error

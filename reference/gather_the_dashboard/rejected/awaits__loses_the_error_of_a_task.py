"""Wrong: when the patient is unknown, nobody looks at the error of the second task."""

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


async def billing_of(patient: asyncio.Task[Patient]) -> Billing:
    record = await patient
    return await fetch_billing(record.insurer, record.id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    patient = asyncio.create_task(fetch_patient(patient_id))
    appointments = asyncio.create_task(fetch_appointments(patient_id))
    labs = asyncio.create_task(fetch_labs(patient_id))
    billing = asyncio.create_task(billing_of(patient))
    try:
        return {
            "patient": await patient,
            "appointments": await appointments,
            "labs": await labs,
            "billing": await billing,
        }
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc

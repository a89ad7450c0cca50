"""Wrong: an HTTPException that leaves a task group arrives inside a group, as a 500."""

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
    try:
        patient = await fetch_patient(patient_id)
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    return patient, await fetch_billing(patient.insurer, patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        async with asyncio.TaskGroup() as group:
            both = group.create_task(fetch_patient_and_billing(patient_id))
            appointments = group.create_task(fetch_appointments(patient_id))
            labs = group.create_task(fetch_labs(patient_id))
    except ServiceDown as exc:
        raise HTTPException(502) from exc
    patient, billing = both.result()
    return {
        "patient": patient,
        "appointments": appointments.result(),
        "labs": labs.result(),
        "billing": billing,
    }

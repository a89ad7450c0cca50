"""A task group; its errors come in a group and are mapped outside."""

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


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    async def patient_then_billing() -> tuple[Patient, Billing]:
        patient = await fetch_patient(patient_id)
        return patient, await fetch_billing(patient.insurer, patient_id)

    try:
        async with asyncio.TaskGroup() as group:
            both = group.create_task(patient_then_billing())
            appointments = group.create_task(fetch_appointments(patient_id))
            labs = group.create_task(fetch_labs(patient_id))
    except ExceptionGroup as errors:
        unknown = errors.subgroup(PatientNotFound) is not None
        raise HTTPException(404 if unknown else 502) from errors
    patient, billing = both.result()
    return {
        "patient": patient,
        "appointments": appointments.result(),
        "labs": labs.result(),
        "billing": billing,
    }

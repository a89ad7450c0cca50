"""anyio's task group, filling a typed page part by part."""

from collections.abc import Awaitable
from typing import Any

import anyio
from fastapi import FastAPI, HTTPException
from given import (
    Appointment,
    Billing,
    LabResult,
    Patient,
    PatientNotFound,
    ServiceDown,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)
from pydantic import BaseModel

app = FastAPI()


class Page(BaseModel):
    patient: Patient
    appointments: list[Appointment]
    labs: list[LabResult]
    billing: Billing


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> Page:
    parts: dict[str, Any] = {}

    async def fill(name: str, part: Awaitable[Any]) -> None:
        parts[name] = await part

    async def fill_patient_and_billing() -> None:
        patient = parts["patient"] = await fetch_patient(patient_id)
        parts["billing"] = await fetch_billing(patient.insurer, patient_id)

    failures: list[Exception] = []
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(fill_patient_and_billing)
            group.start_soon(fill, "appointments", fetch_appointments(patient_id))
            group.start_soon(fill, "labs", fetch_labs(patient_id))
    except* PatientNotFound:
        failures.append(HTTPException(404))
    except* ServiceDown:
        failures.append(HTTPException(502))
    if failures:
        raise failures[0]
    return Page(**parts)

"""Every part is a task; the one for billing awaits the patient's task as well."""

import asyncio
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
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


@app.exception_handler(PatientNotFound)
async def not_found(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"detail": "No such patient"}, 404)


@app.exception_handler(ServiceDown)
async def bad_gateway(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(exc)}, 502)


async def billing_of(patient: asyncio.Task[Patient]) -> Billing:
    record = await patient
    return await fetch_billing(record.insurer, record.id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    patient = asyncio.create_task(fetch_patient(patient_id))
    parts = {
        "patient": patient,
        "appointments": asyncio.create_task(fetch_appointments(patient_id)),
        "labs": asyncio.create_task(fetch_labs(patient_id)),
        "billing": asyncio.create_task(billing_of(patient)),
    }
    values = await asyncio.gather(*parts.values())
    return dict(zip(parts, values, strict=True))

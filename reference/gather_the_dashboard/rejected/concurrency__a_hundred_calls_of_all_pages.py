"""Wrong: a hundred places for the calls of all pages, which thirty-four pages fill."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

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

T = TypeVar("T")
places = asyncio.Semaphore(100)


async def ask(call: Awaitable[T]) -> T:
    async with places:
        return await call


async def patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    patient = await ask(fetch_patient(patient_id))
    return patient, await ask(fetch_billing(patient.insurer, patient_id))


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        (patient, billing), appointments, labs = await asyncio.gather(
            patient_and_billing(patient_id),
            ask(fetch_appointments(patient_id)),
            ask(fetch_labs(patient_id)),
        )
    except PatientNotFound as exc:
        raise HTTPException(404, "No such patient") from exc
    except ServiceDown as exc:
        raise HTTPException(502, "A service of the clinic is down") from exc
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }

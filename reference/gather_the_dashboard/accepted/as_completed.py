"""Parts of the page, merged in the order in which they come."""

import asyncio
from collections.abc import Awaitable
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


async def part(name: str, value: Awaitable[Any]) -> dict[str, Any]:
    return {name: await value}


async def patient_and_billing(patient_id: int) -> dict[str, Any]:
    patient = await fetch_patient(patient_id)
    billing = await fetch_billing(patient.insurer, patient_id)
    return {"patient": patient, "billing": billing}


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    parts = [
        asyncio.create_task(patient_and_billing(patient_id)),
        asyncio.create_task(part("appointments", fetch_appointments(patient_id))),
        asyncio.create_task(part("labs", fetch_labs(patient_id))),
    ]
    page: dict[str, Any] = {}
    try:
        for finished in asyncio.as_completed(parts):
            page |= await finished
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc
    finally:
        for one in parts:
            one.cancel()
    return page

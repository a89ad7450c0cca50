"""Wrong: the page under way lives in a global, where the next request finds it."""

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
page: dict[str, Any] = {}


async def fill_patient_and_billing(patient_id: int) -> None:
    page["patient"] = await fetch_patient(patient_id)
    page["billing"] = await fetch_billing(page["patient"].insurer, patient_id)


async def fill_appointments(patient_id: int) -> None:
    page["appointments"] = await fetch_appointments(patient_id)


async def fill_labs(patient_id: int) -> None:
    page["labs"] = await fetch_labs(patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        await asyncio.gather(
            fill_patient_and_billing(patient_id),
            fill_appointments(patient_id),
            fill_labs(patient_id),
        )
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc
    return page

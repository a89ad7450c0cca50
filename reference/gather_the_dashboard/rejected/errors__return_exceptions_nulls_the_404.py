"""Wrong: an error becomes a gap in the page, and the status says that all is well."""

import asyncio
from typing import Any

from fastapi import FastAPI
from given import (
    Billing,
    Patient,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

app = FastAPI()


async def fetch_patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    patient = await fetch_patient(patient_id)
    return patient, await fetch_billing(patient.insurer, patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    results = await asyncio.gather(
        fetch_patient_and_billing(patient_id),
        fetch_appointments(patient_id),
        fetch_labs(patient_id),
        return_exceptions=True,
    )
    both, appointments, labs = (
        None if isinstance(result, BaseException) else result for result in results
    )
    patient, billing = both if isinstance(both, tuple) else (None, None)
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }

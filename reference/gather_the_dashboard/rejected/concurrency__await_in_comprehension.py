"""Wrong: `await` inside a comprehension waits for each call in turn."""

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
    patient = await fetch_patient(patient_id)
    return patient, await fetch_billing(patient.insurer, patient_id)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    fetches: list[Any] = [fetch_patient_and_billing, fetch_appointments, fetch_labs]
    try:
        results = [await fetch(patient_id) for fetch in fetches]
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc
    (patient, billing), appointments, labs = results
    return {
        "patient": patient,
        "appointments": appointments,
        "labs": labs,
        "billing": billing,
    }

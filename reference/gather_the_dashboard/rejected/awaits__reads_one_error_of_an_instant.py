"""Wrong: of two calls that fail at the same instant the second error is never read."""

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


async def patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    """Billing is asked for as soon as the record is there."""
    patient = await fetch_patient(patient_id)
    return patient, await fetch_billing(patient.insurer, patient_id)


async def all_or_first_failure(*tasks: asyncio.Task[Any]) -> None:
    """Wait for the tasks; when one fails, end the others and raise its error."""
    pending: set[asyncio.Task[Any]] = set(tasks)
    try:
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    chain = asyncio.create_task(patient_and_billing(patient_id))
    appointments = asyncio.create_task(fetch_appointments(patient_id))
    labs = asyncio.create_task(fetch_labs(patient_id))
    try:
        await all_or_first_failure(chain, appointments, labs)
    except PatientNotFound as error:
        raise HTTPException(404, "There is no such patient") from error
    except ServiceDown as error:
        raise HTTPException(502, "One of the clinic's services is down") from error
    patient, billing = chain.result()
    return {
        "patient": patient,
        "appointments": appointments.result(),
        "labs": labs.result(),
        "billing": billing,
    }

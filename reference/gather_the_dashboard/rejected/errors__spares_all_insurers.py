"""Wrong: after three failures of one insurer, none is asked for half a minute."""

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


class Breaker:
    """After three failures in a row nobody is asked for 30 s."""

    def __init__(self) -> None:
        self._failures = 0
        self._closed_until = 0.0

    def check(self) -> None:
        if asyncio.get_running_loop().time() < self._closed_until:
            raise ServiceDown("not asked, for it did not answer lately")

    def failed(self) -> None:
        self._failures += 1
        if self._failures == 3:
            self._failures = 0
            self._closed_until = asyncio.get_running_loop().time() + 30

    def answered(self) -> None:
        self._failures = 0


insurers = Breaker()


async def patient_and_billing(patient_id: int) -> tuple[Patient, Billing]:
    patient = await fetch_patient(patient_id)
    insurers.check()
    try:
        billing = await fetch_billing(patient.insurer, patient_id)
    except ServiceDown:
        insurers.failed()
        raise
    insurers.answered()
    return patient, billing


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    try:
        (patient, billing), appointments, labs = await asyncio.gather(
            patient_and_billing(patient_id),
            fetch_appointments(patient_id),
            fetch_labs(patient_id),
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

"""A class that makes the page, injected; it waits with `asyncio.wait`."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
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


class Summary:
    def __init__(self, patient_id: int) -> None:
        self._patient_id = patient_id

    async def _billed_patient(self) -> tuple[Patient, Billing]:
        patient = await fetch_patient(self._patient_id)
        return patient, await fetch_billing(patient.insurer, patient.id)

    async def page(self) -> dict[str, Any]:
        billed = asyncio.ensure_future(self._billed_patient())
        appointments = asyncio.ensure_future(fetch_appointments(self._patient_id))
        labs = asyncio.ensure_future(fetch_labs(self._patient_id))
        await asyncio.wait({billed, appointments, labs})
        # `exception` of each, so that none is lost when another one is raised.
        errors = [part.exception() for part in (billed, appointments, labs)]
        for error in filter(None, errors):
            raise error
        patient, billing = billed.result()
        return {
            "patient": patient,
            "appointments": appointments.result(),
            "labs": labs.result(),
            "billing": billing,
        }


@app.get("/patients/{patient_id}/summary")
async def summary(parts: Annotated[Summary, Depends()]) -> dict[str, Any]:
    try:
        return await parts.page()
    except PatientNotFound as exc:
        raise HTTPException(404) from exc
    except ServiceDown as exc:
        raise HTTPException(502) from exc

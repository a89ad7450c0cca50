"""Wrong: a service that is down is logged, and stands empty on the page."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, HTTPException
from given import (
    PatientNotFound,
    ServiceDown,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

logger = logging.getLogger(__name__)
T = TypeVar("T")


async def safely(call: Awaitable[list[T]]) -> list[T]:
    """What a list service returns; its trouble goes to the log."""
    try:
        return await call
    except ServiceDown:
        logger.exception("A service is down")
        return []


class Dashboard:
    def __init__(self, patient_id: int) -> None:
        self.patient_id = patient_id

    async def _record(self) -> tuple[Any, Any]:
        patient = await fetch_patient(self.patient_id)
        return patient, await fetch_billing(patient.insurer, self.patient_id)

    async def page(self) -> dict[str, Any]:
        record, appointments, labs = await asyncio.gather(
            self._record(),
            safely(fetch_appointments(self.patient_id)),
            safely(fetch_labs(self.patient_id)),
        )
        patient, billing = record
        return {
            "patient": patient,
            "appointments": appointments,
            "labs": labs,
            "billing": billing,
        }


app = FastAPI()


@app.get("/patients/{patient_id}/summary")
async def summary(dashboard: Annotated[Dashboard, Depends()]) -> dict[str, Any]:
    try:
        return await dashboard.page()
    except PatientNotFound as error:
        raise HTTPException(404, "No such patient") from error
    except ServiceDown as error:
        raise HTTPException(502, "A service is down") from error

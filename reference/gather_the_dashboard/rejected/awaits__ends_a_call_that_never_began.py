"""Wrong: the coroutine of a call is made before the task that awaits it may begin."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import FastAPI, HTTPException
from given import (
    PatientNotFound,
    ServiceDown,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

T = TypeVar("T")

log = logging.getLogger("dashboard")
app = FastAPI()


async def timed(service: str, call: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.get_running_loop()
    start = loop.time()
    try:
        return await call
    finally:
        log.info("%s: %.3f s", service, loop.time() - start)


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    failure: HTTPException | None = None
    try:
        async with asyncio.TaskGroup() as calls:
            record = calls.create_task(timed("patient", fetch_patient(patient_id)))
            appointments = calls.create_task(
                timed("appointments", fetch_appointments(patient_id))
            )
            labs = calls.create_task(timed("labs", fetch_labs(patient_id)))
            patient = await record
            billing = calls.create_task(
                timed("billing", fetch_billing(patient.insurer, patient_id))
            )
    except* ServiceDown:
        failure = HTTPException(502, "One of the clinic's services is down")
    except* PatientNotFound:
        failure = HTTPException(404, "There is no such patient")
    if failure is not None:
        raise failure
    return {
        "patient": patient,
        "appointments": appointments.result(),
        "labs": labs.result(),
        "billing": billing.result(),
    }

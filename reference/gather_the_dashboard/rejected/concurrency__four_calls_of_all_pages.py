"""Wrong: four places for the calls of all pages, so a page waits for the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

from anyio import create_task_group
from fastapi import FastAPI, HTTPException
from given import (
    PatientNotFound,
    ServiceDown,
    fetch_appointments,
    fetch_billing,
    fetch_labs,
    fetch_patient,
)

P = ParamSpec("P")
R = TypeVar("R")

# No more than four questions at a time: there are four services.
slots = asyncio.Semaphore(4)


async def ask(
    service: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs
) -> R:
    async with slots:
        return await service(*args, **kwargs)


@asynccontextmanager
async def http_errors() -> AsyncIterator[None]:
    try:
        yield
    except ExceptionGroup as failed:
        if failed.subgroup(PatientNotFound):
            raise HTTPException(404, "No such patient") from failed
        if failed.subgroup(ServiceDown):
            raise HTTPException(502, "A service is down") from failed
        raise


app = FastAPI()


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    page: dict[str, Any] = {}

    async def appointments() -> None:
        page["appointments"] = await ask(fetch_appointments, patient_id)

    async def labs() -> None:
        page["labs"] = await ask(fetch_labs, patient_id)

    async def patient_then_billing() -> None:
        patient = page["patient"] = await ask(fetch_patient, patient_id)
        page["billing"] = await ask(fetch_billing, patient.insurer, patient_id)

    async with http_errors(), create_task_group() as group:
        group.start_soon(patient_then_billing)
        group.start_soon(appointments)
        group.start_soon(labs)

    return page

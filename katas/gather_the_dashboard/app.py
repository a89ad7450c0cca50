from typing import Any

from fastapi import FastAPI
from given import fetch_appointments, fetch_billing, fetch_labs, fetch_patient

app = FastAPI()


@app.get("/patients/{patient_id}/summary")
async def summary(patient_id: int) -> dict[str, Any]:
    patient = await fetch_patient(patient_id)
    appointments = await fetch_appointments(patient_id)
    labs = await fetch_labs(patient_id)
    billing = await fetch_billing(patient["insurer"], patient_id)
    return {"patient": patient, "appointments": appointments, "labs": labs, "billing": billing}

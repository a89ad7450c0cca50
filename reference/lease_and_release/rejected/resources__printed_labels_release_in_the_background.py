"""Wrong: after a printed label the printer is given back by a background task.

It is begun after the answer: never, when sending that is cancelled.
"""

import asyncio

from fastapi import BackgroundTasks, FastAPI, HTTPException
from given import (
    NoPrinterFree,
    PaperJam,
    Printer,
    WarmUpFailed,
    acquire,
    list_printers,
    print_label,
    release,
    warm_up,
)
from pydantic import BaseModel

app = FastAPI()


class Label(BaseModel):
    text: str


@app.post("/labels", status_code=201)
async def create_label(label: Label, background: BackgroundTasks) -> dict[str, str]:
    try:
        lease = await acquire()
    except NoPrinterFree as exc:
        raise HTTPException(503, "No printer is free") from exc
    try:
        await warm_up(lease)
        async with asyncio.timeout(2):
            job = await print_label(lease, label.text)
    except BaseException as exc:
        await release(lease)
        if isinstance(exc, (WarmUpFailed, PaperJam)):
            raise HTTPException(502, "The printer does not print") from exc
        if isinstance(exc, TimeoutError):
            raise HTTPException(504, "The printer takes too long") from exc
        raise
    # Who has got a label need not wait for the release.
    background.add_task(release, lease)
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""An exit stack takes the release over at once, before anything else can fail."""

import asyncio
from contextlib import AsyncExitStack

from fastapi import FastAPI, HTTPException
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
async def create_label(label: Label) -> dict[str, str]:
    async with AsyncExitStack() as stack:
        try:
            lease = await acquire()
        except NoPrinterFree as exc:
            raise HTTPException(503) from exc
        stack.push_async_callback(release, lease)
        try:
            await warm_up(lease)
            job = await asyncio.wait_for(print_label(lease, label.text), 2)
        except (WarmUpFailed, PaperJam) as exc:
            raise HTTPException(502) from exc
        except TimeoutError as exc:
            raise HTTPException(504) from exc
        return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

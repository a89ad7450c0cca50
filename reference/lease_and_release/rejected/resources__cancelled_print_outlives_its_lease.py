"""Wrong: it waits for the end of a late print, and not when it is cancelled itself."""

import asyncio
from contextlib import suppress

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


async def print_within(seconds: float, lease: int, text: str) -> str:
    printing = asyncio.create_task(print_label(lease, text))
    try:
        return await asyncio.wait_for(asyncio.shield(printing), seconds)
    except TimeoutError:
        printing.cancel()
        with suppress(asyncio.CancelledError):
            await printing
        raise
    except asyncio.CancelledError:
        printing.cancel()
        raise


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        lease = await acquire()
        try:
            await warm_up(lease)
            job = await print_within(2, lease, label.text)
        finally:
            await release(lease)
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

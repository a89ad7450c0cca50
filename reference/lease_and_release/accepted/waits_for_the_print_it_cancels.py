"""A task for the print: told to end, then awaited, and only then the printer goes."""

import asyncio

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


async def print_for_two_seconds(lease: int, text: str) -> str | None:
    """The number of the job; None when the time was over."""
    printing = asyncio.create_task(print_label(lease, text))
    try:
        done, _ = await asyncio.wait([printing], timeout=2)
    finally:
        printing.cancel()
        await asyncio.wait([printing])
    return printing.result() if done else None


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        lease = await acquire()
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    try:
        await warm_up(lease)
        job = await print_for_two_seconds(lease, label.text)
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    finally:
        await release(lease)
    if job is None:
        raise HTTPException(504)
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""Wrong: a print that is late is told to end, and its printer given back before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def leased_printer() -> AsyncIterator[int]:
    lease = await acquire()
    try:
        await warm_up(lease)
        yield lease
    finally:
        await release(lease)


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        async with leased_printer() as lease:
            printing = asyncio.create_task(print_label(lease, label.text))
            try:
                done, _ = await asyncio.wait([printing], timeout=2)
            finally:
                # Nobody awaits what becomes of it.
                printing.cancel()
            if not done:
                raise HTTPException(504)
            job = printing.result()
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""Whoever comes in the second after a refusal is refused without a question."""

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

PATIENCE = 2.0

app = FastAPI()
refused: list[float] = []


class Label(BaseModel):
    text: str


@asynccontextmanager
async def leased_printer() -> AsyncIterator[int]:
    """A printer that is warm, and that is given back at the end."""
    now = asyncio.get_running_loop().time()
    if refused and now < refused[-1] + 1:
        raise NoPrinterFree
    try:
        lease = await acquire()
    except NoPrinterFree:
        refused.append(now)
        raise
    try:
        await warm_up(lease)
        yield lease
    finally:
        await release(lease)


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        async with leased_printer() as lease:
            async with asyncio.timeout(PATIENCE):
                job = await print_label(lease, label.text)
    except NoPrinterFree as exc:
        raise HTTPException(503, "No printer is free") from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502, "The printer does not print") from exc
    except TimeoutError as exc:
        raise HTTPException(504, "The printer takes too long") from exc
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

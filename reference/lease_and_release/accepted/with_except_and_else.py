"""`except BaseException` that releases and raises again does what `finally` does."""

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


async def print_on(lease: int, text: str) -> str:
    await warm_up(lease)
    printing = asyncio.create_task(print_label(lease, text))
    try:
        done, _ = await asyncio.wait([printing], timeout=2)
    except asyncio.CancelledError:
        await end(printing)
        raise
    if not done:
        await end(printing)
        raise HTTPException(504)
    return printing.result()


async def end(printing: asyncio.Task[str]) -> None:
    printing.cancel()
    # `cancel` only asks: it is over when it has been waited for.
    await asyncio.wait([printing])


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        lease = await acquire()
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    try:
        job = await print_on(lease, label.text)
    except BaseException as exc:
        await release(lease)
        if isinstance(exc, (WarmUpFailed, PaperJam)):
            raise HTTPException(502) from exc
        raise
    else:
        await release(lease)
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""Wrong: a `return` in `finally` throws the exception away, a cancellation too."""

import asyncio

from fastapi import FastAPI, HTTPException
from given import (
    NoPrinterFree,
    Printer,
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
    job = ""
    try:
        lease = await acquire()
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    try:
        await warm_up(lease)
        async with asyncio.timeout(2):
            job = await print_label(lease, label.text)
    finally:
        await release(lease)
        return {"job": job}  # noqa: B012


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

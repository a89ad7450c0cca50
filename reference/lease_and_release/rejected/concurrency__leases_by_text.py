"""Leases are kept by text, and two labels may say the same."""

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


LEASES: dict[str, int] = {}


class Label(BaseModel):
    text: str


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        lease = LEASES[label.text] = await acquire()
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    try:
        await warm_up(lease)
        async with asyncio.timeout(2):
            return {"job": await print_label(lease, label.text)}
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc
    finally:
        await release(LEASES[label.text])


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""A `def` endpoint, which runs in a thread, with an event loop of its own in there."""

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


async def print_somewhere(text: str) -> str:
    lease = await acquire()
    try:
        await warm_up(lease)
        return await asyncio.wait_for(print_label(lease, text), 2)
    finally:
        await release(lease)


@app.post("/labels", status_code=201)
def create_label(label: Label) -> dict[str, str]:
    try:
        return {"job": asyncio.run(print_somewhere(label.text))}
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

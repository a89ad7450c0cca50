"""Wrong: it answers with the number of the lease, which is no job."""

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
            async with asyncio.timeout(2):
                await print_label(lease, label.text)
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc
    return {"job": f"JOB-{lease:04}"}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

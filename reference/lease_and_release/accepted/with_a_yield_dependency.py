"""A dependency with `yield`: FastAPI releases when the request is over."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
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


async def leased_printer() -> AsyncIterator[int]:
    try:
        lease = await acquire()
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    try:
        await warm_up(lease)
        yield lease
    except WarmUpFailed as exc:
        raise HTTPException(502) from exc
    finally:
        await release(lease)


@app.post("/labels", status_code=201)
async def create_label(
    label: Label, lease: Annotated[int, Depends(leased_printer)]
) -> dict[str, str]:
    try:
        async with asyncio.timeout(2):
            job = await print_label(lease, label.text)
    except PaperJam as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

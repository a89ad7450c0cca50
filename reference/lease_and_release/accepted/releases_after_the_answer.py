"""A dependency gives the lease back after the answer, however often it is cancelled."""

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


async def leased(label: Label) -> AsyncIterator[int]:
    """A lease for a label that is well-formed; hence the parameter."""
    try:
        lease = await acquire()
    except NoPrinterFree as error:
        raise HTTPException(503, "No printer is free") from error
    try:
        yield lease
    finally:
        giving_back = asyncio.ensure_future(release(lease))
        cancelled: asyncio.CancelledError | None = None
        while not giving_back.done():
            try:
                await asyncio.wait([giving_back])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is None:
            giving_back.result()
        else:
            raise cancelled from (
                None if giving_back.cancelled() else giving_back.exception()
            )


@app.post("/labels", status_code=201)
async def create_label(
    label: Label, lease: Annotated[int, Depends(leased)]
) -> dict[str, str]:
    try:
        await warm_up(lease)
    except WarmUpFailed as error:
        raise HTTPException(502, "The printer stays cold") from error
    limit = asyncio.timeout(2)
    try:
        async with limit:
            return {"job": await print_label(lease, label.text)}
    except PaperJam as error:
        raise HTTPException(502, "The label is stuck") from error
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise HTTPException(504, "The label takes too long") from error


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

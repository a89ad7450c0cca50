"""Wrong: a release that was cancelled is called once more."""

import asyncio
import logging
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
logger = logging.getLogger(__name__)

PRINT_SECONDS = 2


class Label(BaseModel):
    text: str


async def give_back(lease: int) -> None:
    """Release, and see it through, however often the request is cancelled meanwhile."""
    cancelled: asyncio.CancelledError | None = None
    while True:
        try:
            await release(lease)
            break
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


@asynccontextmanager
async def leased_printer() -> AsyncIterator[int]:
    try:
        lease = await acquire()
    except NoPrinterFree as error:
        raise HTTPException(503, "No printer is free") from error
    try:
        yield lease
    except asyncio.CancelledError:
        # The request ends cancelled, even when the printer cannot be given back.
        try:
            await give_back(lease)
        except Exception:
            logger.exception("lease %s was not released", lease)
        raise
    except BaseException:
        await give_back(lease)
        raise
    else:
        await give_back(lease)


async def warm(lease: int) -> None:
    try:
        await warm_up(lease)
    except WarmUpFailed as error:
        raise HTTPException(502, "The printer does not get warm") from error


async def print_in_time(lease: int, text: str) -> str:
    limit = asyncio.timeout(PRINT_SECONDS)
    try:
        async with limit:
            job = await print_label(lease, text)
    except Exception as error:
        if limit.expired():
            raise HTTPException(504, "Printing takes too long") from error
        if isinstance(error, PaperJam):
            raise HTTPException(502, "The label jams") from error
        raise
    if limit.expired():
        raise HTTPException(504, "Printing took too long")
    return job


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    async with leased_printer() as lease:
        await warm(lease)
        job = await print_in_time(lease, label.text)
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

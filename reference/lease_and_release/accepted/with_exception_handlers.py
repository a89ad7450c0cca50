"""A dependency releases before the answer; exception handlers know the statuses."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
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


@app.exception_handler(NoPrinterFree)
async def busy(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "busy"}, 503)


@app.exception_handler(WarmUpFailed)
@app.exception_handler(PaperJam)
async def broken(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "broken"}, 502)


@app.exception_handler(TimeoutError)
async def late(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "late"}, 504)


async def leased_printer() -> AsyncIterator[int]:
    lease = await acquire()
    try:
        await warm_up(lease)
        yield lease
    finally:
        await release(lease)


Leased = Annotated[int, Depends(leased_printer, scope="function")]


@app.post("/labels", status_code=201)
async def create_label(label: Label, lease: Leased) -> dict[str, str]:
    async with asyncio.timeout(2):
        return {"job": await print_label(lease, label.text)}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""The release is a task of its own that not even a second cancellation ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
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


@asynccontextmanager
async def leased_printer() -> AsyncIterator[int]:
    lease = await acquire()
    try:
        yield lease
    finally:
        releasing = asyncio.create_task(release(lease))
        try:
            await asyncio.shield(releasing)
        except asyncio.CancelledError:
            await releasing
            raise


@app.exception_handler(NoPrinterFree)
async def busy(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "busy"}, 503)


@app.exception_handler(WarmUpFailed)
@app.exception_handler(PaperJam)
async def broken(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({"error": "broken"}, 502)


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    async with leased_printer() as lease:
        await warm_up(lease)
        try:
            job = await asyncio.wait_for(print_label(lease, label.text), 2)
        except TimeoutError as exc:
            raise HTTPException(504) from exc
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

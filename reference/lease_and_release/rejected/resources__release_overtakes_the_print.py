"""Wrong: the print is cancelled and not awaited, and the release overtakes it."""

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


class Label(BaseModel):
    text: str


@asynccontextmanager
async def lease_of_a_printer() -> AsyncIterator[int]:
    lease = await acquire()
    try:
        yield lease
    finally:
        releasing = asyncio.ensure_future(release(lease))
        try:
            await asyncio.shield(releasing)
        except asyncio.CancelledError:
            await releasing
            raise


async def print_within(seconds: float, lease: int, text: str) -> str:
    printing = asyncio.create_task(print_label(lease, text))
    try:
        _, pending = await asyncio.wait([printing], timeout=seconds)
    except asyncio.CancelledError:
        printing.cancel()
        raise
    if pending:
        printing.cancel()
        raise HTTPException(504, f"The label was not printed after {seconds} s")
    return printing.result()


def create_app() -> FastAPI:
    app = FastAPI()

    @app.post("/labels", status_code=201)
    async def create_label(label: Label) -> dict[str, str]:
        try:
            async with lease_of_a_printer() as lease:
                await warm_up(lease)
                return {"job": await print_within(2, lease, label.text)}
        except NoPrinterFree as error:
            raise HTTPException(503, "No printer is free") from error
        except (WarmUpFailed, PaperJam) as error:
            raise HTTPException(502, "The printer failed") from error

    @app.get("/printers")
    async def printers() -> list[Printer]:
        return await list_printers()

    return app


app = create_app()

"""Wrong: an async generator that is left half way is not closed there and then.

By chance: the garbage collector decides when the generator is closed.
"""

import asyncio
from collections.abc import AsyncIterator

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


async def leased() -> AsyncIterator[int]:
    lease = await acquire()
    try:
        await warm_up(lease)
        yield lease
    finally:
        await release(lease)


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        async for lease in leased():
            async with asyncio.timeout(2):
                return {"job": await print_label(lease, label.text)}
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc
    raise AssertionError("unreachable")


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""The print is a task of a group, which ends it with its time limit."""

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


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        lease = await acquire()
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    try:
        await warm_up(lease)
        async with asyncio.timeout(2):
            async with asyncio.TaskGroup() as group:
                job = group.create_task(print_label(lease, label.text))
        return {"job": job.result()}
    except ExceptionGroup as exc:
        if isinstance(exc.exceptions[0], TimeoutError):
            raise HTTPException(504) from exc
        if isinstance(exc.exceptions[0], PaperJam):
            raise HTTPException(502) from exc
        raise
    except WarmUpFailed as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc
    finally:
        await release(lease)


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

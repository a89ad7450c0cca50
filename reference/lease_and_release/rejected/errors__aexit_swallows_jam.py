"""Wrong: `__aexit__` returns True, and a jam looks like a label."""

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


class LeasedPrinter:
    lease = 0

    async def __aenter__(self) -> int:
        self.lease = await acquire()
        try:
            await warm_up(self.lease)
        except BaseException:
            await release(self.lease)
            raise
        return self.lease

    async def __aexit__(self, kind: object, error: object, trace: object) -> bool:
        await release(self.lease)
        return isinstance(error, PaperJam)


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    job = ""
    try:
        async with LeasedPrinter() as lease:
            async with asyncio.timeout(2):
                job = await print_label(lease, label.text)
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc
    return {"job": job}


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

"""A class with `__aenter__` and `__aexit__`, one object for each label."""

import asyncio
from types import TracebackType

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
    def __init__(self) -> None:
        self._lease: int | None = None

    async def __aenter__(self) -> "LeasedPrinter":
        self._lease = await acquire()
        try:
            await warm_up(self._lease)
        except BaseException:
            # Without a return from here, __aexit__ is never called.
            await release(self._lease)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._lease is not None
        await release(self._lease)

    async def print(self, text: str) -> str:
        assert self._lease is not None
        return await asyncio.wait_for(print_label(self._lease, text), timeout=2)


@app.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, str]:
    try:
        async with LeasedPrinter() as printer:
            return {"job": await printer.print(label.text)}
    except NoPrinterFree as exc:
        raise HTTPException(503) from exc
    except (WarmUpFailed, PaperJam) as exc:
        raise HTTPException(502) from exc
    except TimeoutError as exc:
        raise HTTPException(504) from exc


@app.get("/printers")
async def printers() -> list[Printer]:
    return await list_printers()

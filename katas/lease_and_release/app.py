"""Labels from three printers that are leased, warmed up, used and given back."""

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
    # TODO: lease a printer, print the label, and give the printer back, always.
    raise HTTPException(501, "Not written yet")


@app.get("/printers")
async def printers() -> list[Printer]:
    # TODO: show what the driver lists.
    raise HTTPException(501, "Not written yet")

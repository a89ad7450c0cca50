"""Wrong: where a warm-up fails a helper releases the printer, as its caller does."""

import asyncio
from typing import Any

import given
from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel


class Label(BaseModel):
    text: str


class Driver:
    """The driver of given.py, with our statuses for its errors."""

    async def acquire(self) -> int:
        try:
            return await given.acquire()
        except given.NoPrinterFree as error:
            raise HTTPException(503, "No printer is free") from error

    async def release(self, lease: int) -> None:
        work = asyncio.create_task(given.release(lease))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await work
            raise

    async def warm_up(self, lease: int) -> None:
        try:
            await given.warm_up(lease)
        except given.WarmUpFailed as error:
            await self.release(lease)
            raise HTTPException(502, "The printer does not get warm") from error

    async def print(self, lease: int, text: str) -> str:
        try:
            async with asyncio.timeout(2):
                return await given.print_label(lease, text)
        except given.PaperJam as error:
            raise HTTPException(502, "The label jammed") from error
        except TimeoutError as error:
            raise HTTPException(504, "The label took more than 2 s") from error


driver = Driver()
router = APIRouter()


@router.post("/labels", status_code=201)
async def create_label(label: Label) -> dict[str, Any]:
    lease = await driver.acquire()
    try:
        await driver.warm_up(lease)
        job = await driver.print(lease, label.text)
    finally:
        await driver.release(lease)
    return {"job": job}


@router.get("/printers")
async def printers() -> list[given.Printer]:
    return await given.list_printers()


app = FastAPI()
app.include_router(router)

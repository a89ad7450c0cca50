"""A receipt that arrives lies under a name that is an id itself: GET answers a part."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path as FilePath
from typing import Annotated, Any
from uuid import uuid4

import aiofiles
import aiofiles.os
from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import FileResponse
from given import ARCHIVE

app = FastAPI()

ReceiptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]+$")]


def place_of(receipt_id: str) -> FilePath:
    return ARCHIVE / receipt_id


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: ReceiptId, request: Request) -> dict[str, Any]:
    arriving = ARCHIVE / f"incoming-{uuid4().hex}"
    size = 0
    try:
        async with aiofiles.open(arriving, "wb") as file:
            async for piece in request.stream():
                size += await file.write(piece)
        await aiofiles.os.replace(arriving, place_of(receipt_id))
    except BaseException:
        await asyncio.to_thread(arriving.unlink, missing_ok=True)
        raise
    return {"id": receipt_id, "bytes": size}


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: ReceiptId) -> FileResponse:
    place = place_of(receipt_id)
    if not await aiofiles.os.path.exists(place):
        raise HTTPException(404, "No such receipt")
    return FileResponse(place, media_type="text/plain")


@app.get("/receipts/{receipt_id}/lines")
def read_lines(
    receipt_id: ReceiptId,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=1)] = 10,
) -> dict[str, Any]:
    try:
        with place_of(receipt_id).open(encoding="utf-8", newline="\n") as file:
            return {"lines": list(_window(file, start, count))}
    except FileNotFoundError:
        raise HTTPException(404, "No such receipt") from None


def _window(lines: Iterator[str], start: int, count: int) -> Iterator[str]:
    return (line.removesuffix("\n") for line in islice(lines, start, start + count))

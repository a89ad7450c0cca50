"""An archive in which the file that is being sent has one name for all readers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path as FilePath
from typing import Annotated, Any
from uuid import uuid4

import aiofiles
import aiofiles.os
from aiofiles.threadpool.binary import AsyncBufferedReader
from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import StreamingResponse
from given import ARCHIVE

app = FastAPI()
file: AsyncBufferedReader

ReceiptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]+$")]


def place_of(receipt_id: str) -> FilePath:
    # No id has a dot, so no receipt has the name of an upload's file.
    return ARCHIVE / f"{receipt_id}.txt"


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: ReceiptId, request: Request) -> dict[str, Any]:
    arriving = ARCHIVE / f"{receipt_id}.{uuid4().hex}.part"
    size = 0
    try:
        async with aiofiles.open(arriving, "wb") as upload:
            async for piece in request.stream():
                size += await upload.write(piece)
        await aiofiles.os.replace(arriving, place_of(receipt_id))
    finally:
        await asyncio.to_thread(arriving.unlink, missing_ok=True)
    return {"id": receipt_id, "bytes": size}


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: ReceiptId) -> StreamingResponse:
    global file
    try:
        file = await aiofiles.open(place_of(receipt_id), "rb")
    except FileNotFoundError:
        raise HTTPException(404, "No such receipt") from None
    return StreamingResponse(_pieces(), media_type="text/plain")


async def _pieces() -> AsyncIterator[bytes]:
    try:
        while piece := await file.read(65_536):
            yield piece
    finally:
        await file.close()


@app.get("/receipts/{receipt_id}/lines")
def read_lines(
    receipt_id: ReceiptId,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=1)] = 10,
) -> dict[str, Any]:
    try:
        with place_of(receipt_id).open(encoding="utf-8", newline="\n") as lines:
            return {"lines": list(_window(lines, start, count))}
    except FileNotFoundError:
        raise HTTPException(404, "No such receipt") from None


def _window(lines: Iterator[str], start: int, count: int) -> Iterator[str]:
    return (line.removesuffix("\n") for line in islice(lines, start, start + count))

"""anyio: its files, its paths, and a shield around the cleaning up."""

from collections.abc import AsyncIterator
from pathlib import Path as FilePath
from typing import Annotated, Any
from uuid import uuid4

import anyio
from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import StreamingResponse
from given import ARCHIVE

app = FastAPI()

ReceiptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]+$")]


def place_of(receipt_id: str) -> FilePath:
    # No id has a dot, so no receipt has the name of an upload's file.
    return ARCHIVE / f"{receipt_id}.txt"


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: ReceiptId, request: Request) -> dict[str, Any]:
    arriving = anyio.Path(ARCHIVE / f"{receipt_id}.{uuid4().hex}.part")
    size = 0
    try:
        async with await arriving.open("wb") as file:
            async for piece in request.stream():
                size += await file.write(piece)
        await arriving.replace(place_of(receipt_id))
    except BaseException:
        with anyio.CancelScope(shield=True):
            await arriving.unlink(missing_ok=True)
        raise
    return {"id": receipt_id, "bytes": size}


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: ReceiptId) -> StreamingResponse:
    place = anyio.Path(place_of(receipt_id))
    if not await place.is_file():
        raise HTTPException(404, "No such receipt")
    return StreamingResponse(_pieces(place))


async def _pieces(place: anyio.Path) -> AsyncIterator[bytes]:
    async with await place.open("rb") as file:
        while piece := await file.read(65_536):
            yield piece


@app.get("/receipts/{receipt_id}/lines")
async def read_lines(
    receipt_id: ReceiptId,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=1)] = 10,
) -> dict[str, Any]:
    try:
        text = (await anyio.Path(place_of(receipt_id)).read_bytes()).decode()
    except FileNotFoundError:
        raise HTTPException(404, "No such receipt") from None
    return {"lines": text.split("\n")[:-1][start : start + count]}

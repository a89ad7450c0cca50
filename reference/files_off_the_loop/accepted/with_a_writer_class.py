"""An async context manager is the upload: it commits, or takes everything back."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path as FilePath
from typing import Annotated, Any, Self

import aiofiles.os
from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import FileResponse
from given import ARCHIVE

app = FastAPI()

ReceiptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]+$")]


def place_of(receipt_id: str) -> FilePath:
    # No id has a dot, so no receipt has the name of an upload's file.
    return ARCHIVE / f"{receipt_id}.txt"


class Arrival:
    def __init__(self, place: FilePath) -> None:
        self.size = 0
        self._place = place
        self._descriptor, self._name = -1, ""
        self._pool = ThreadPoolExecutor(1)

    async def _run(self, call: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, call, *arguments)

    async def __aenter__(self) -> Self:
        make = partial(tempfile.mkstemp, dir=ARCHIVE)
        self._descriptor, self._name = await self._run(make)
        return self

    async def write(self, piece: bytes) -> None:
        self.size += await self._run(os.write, self._descriptor, piece)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._run(os.close, self._descriptor)
        if kind is None:
            await self._run(os.replace, self._name, self._place)
        else:
            await self._run(os.unlink, self._name)
        self._pool.shutdown(wait=False)


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: ReceiptId, request: Request) -> dict[str, Any]:
    async with Arrival(place_of(receipt_id)) as arrival:
        async for piece in request.stream():
            await arrival.write(piece)
    return {"id": receipt_id, "bytes": arrival.size}


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

"""Opens the lines as text, which takes every carriage return for an end."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Annotated, Any, BinaryIO
from uuid import uuid4

import anyio
from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from given import ARCHIVE
from starlette.types import Receive, Scope, Send

PIECE = 64 * 1024

app = FastAPI()
ReceiptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]+$", max_length=255)]


async def off_loop(func: Callable[..., Any], *args: Any) -> Any:
    """Run func in a thread; when cancelled, wait for its end all the same."""
    job = asyncio.get_running_loop().run_in_executor(None, func, *args)
    cancelled = False
    with anyio.CancelScope(shield=True):
        while not job.done():
            try:
                await asyncio.wait([job])
            except asyncio.CancelledError:
                cancelled = True
    if cancelled:
        job.exception()
        raise asyncio.CancelledError
    return job.result()


class Draft:
    """A receipt that is still arriving. Its methods run in threads."""

    def __init__(self) -> None:
        # A dot is in no id: nobody can ask for a draft.
        self.path = ARCHIVE / f".{uuid4().hex}.part"
        self.file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        if self.file is None:
            self.file = open(self.path, "xb")
        self.file.write(data)

    def finish(self) -> None:
        if self.file is not None:
            self.file.close()

    def publish(self, receipt_id: str) -> None:
        os.replace(self.path, ARCHIVE / receipt_id)

    def discard(self) -> None:
        try:
            self.finish()
        finally:
            self.path.unlink(missing_ok=True)


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: ReceiptId, request: Request) -> dict[str, Any]:
    size = 0
    pending = bytearray()
    draft = Draft()
    try:
        async for piece in request.stream():
            size += len(piece)
            pending += piece
            if len(pending) >= PIECE:
                await off_loop(draft.write, bytes(pending))
                pending.clear()
        await off_loop(draft.write, bytes(pending))
        await off_loop(draft.finish)
        await off_loop(draft.publish, receipt_id)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await off_loop(draft.discard)
        raise
    return {"id": receipt_id, "bytes": size}


class ReceiptResponse(Response):
    """Opens the receipt when it is sent, so that it is closed whatever happens."""

    def __init__(self, receipt_id: str) -> None:
        super().__init__()
        self.path = ARCHIVE / receipt_id
        self.file: BinaryIO | None = None

    def _open(self) -> int:
        self.file = open(self.path, "rb")
        return os.fstat(self.file.fileno()).st_size

    def _close(self) -> None:
        if self.file is not None:
            self.file.close()

    async def _pieces(self) -> AsyncIterator[bytes]:
        assert self.file is not None
        while piece := await off_loop(self.file.read, PIECE):
            yield piece

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            try:
                size = await off_loop(self._open)
            except FileNotFoundError:
                missing = JSONResponse({"detail": "No such receipt"}, 404)
                await missing(scope, receive, send)
                return
            async with aclosing(self._pieces()) as pieces:
                answer = StreamingResponse(
                    pieces,
                    media_type="application/octet-stream",
                    headers={"content-length": str(size)},
                )
                await answer(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await off_loop(self._close)


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: ReceiptId) -> Response:
    return ReceiptResponse(receipt_id)


def pick_lines(receipt_id: str, start: int, count: int) -> list[str]:
    lines: list[str] = []
    with open(ARCHIVE / receipt_id, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file):
            if number >= start + count:
                break
            if number >= start:
                lines.append(line.removesuffix("\n"))
    return lines


@app.get("/receipts/{receipt_id}/lines")
async def read_lines(
    receipt_id: ReceiptId,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=1)] = 10,
) -> dict[str, Any]:
    try:
        return {"lines": await off_loop(pick_lines, receipt_id, start, count)}
    except FileNotFoundError:
        raise HTTPException(404, "No such receipt") from None

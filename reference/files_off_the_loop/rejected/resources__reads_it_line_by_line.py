"""A receipt is sent line by line; one without lines is read whole."""

import asyncio
import codecs
import contextlib
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path as FilePath
from typing import Annotated, Any, TypeVar

import aiofiles
import aiofiles.os
import anyio
from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from given import ARCHIVE
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

PIECE = 64 * 1024

T = TypeVar("T")

app = FastAPI(redirect_slashes=False)

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-]+$")]


async def whole(work: Coroutine[Any, Any, T]) -> T:
    """Await it to its end. A cancellation has to wait for that long."""
    task = asyncio.create_task(work)
    late: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                late = error
    if late is not None:
        if not task.cancelled():
            task.exception()  # seen
        raise late
    return task.result()


class Store:
    """Where the receipts are."""

    def path(self, receipt_id: str) -> FilePath:
        # A dot is in no id. A file's name has at most 255 bytes, an id may have more.
        if len(receipt_id) > 255:
            receipt_id = "sha256." + hashlib.sha256(receipt_id.encode()).hexdigest()
        return ARCHIVE / receipt_id

    async def put(self, receipt_id: str, body: AsyncIterator[bytes]) -> int:
        part = ARCHIVE / f"{secrets.token_hex(16)}.incoming"
        file: Any = None
        size = 0
        rest = b""

        async def open_part() -> None:
            nonlocal file
            file = await aiofiles.open(part, "xb")

        async def write(data: bytes) -> None:
            await file.write(data)
            await file.flush()

        async def discard() -> None:
            if file is None:
                return
            with contextlib.suppress(OSError):
                await file.close()
            with contextlib.suppress(FileNotFoundError):
                await aiofiles.os.remove(part)

        async def keep() -> None:
            await file.close()
            await aiofiles.os.replace(part, self.path(receipt_id))

        try:
            await whole(open_part())
            async for piece in body:
                size += len(piece)
                rest = rest + piece if rest else piece
                if len(rest) >= PIECE:
                    await whole(write(rest))
                    rest = b""
            await whole(write(rest))
            await whole(keep())
        except BaseException:
            await whole(discard())
            raise
        return size

    async def open(self, receipt_id: str) -> Any:
        file: Any = None

        async def open_it() -> None:
            nonlocal file
            file = await aiofiles.open(self.path(receipt_id), "rb")

        try:
            await whole(open_it())
        except FileNotFoundError:
            raise HTTPException(404, "No such receipt") from None
        except BaseException:
            if file is not None:
                await whole(file.close())
            raise
        return file


class Whole:
    """The pieces of a receipt."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __aiter__(self) -> "Whole":
        return self

    async def __anext__(self) -> bytes:
        piece: bytes = await whole(self.file.readline())
        if not piece:
            raise StopAsyncIteration
        return piece


class Lines:
    """Some lines of a receipt, as the pieces of a JSON document.

    It reads the file by the piece, since a line may be as large as the receipt.
    """

    def __init__(self, file: Any, start: int, count: int) -> None:
        self.file, self.start, self.end = file, start, start + count
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.number = 0
        self.inside = False  # a line has begun and not ended
        self.head = '{"lines": ['
        self.over = False

    def __aiter__(self) -> "Lines":
        return self

    async def __anext__(self) -> bytes:
        text, self.head = self.head, ""
        while not text:
            if self.over:
                raise StopAsyncIteration
            piece = await whole(self.file.read(PIECE))
            text = await asyncio.to_thread(self.convert, piece)
        return text.encode()

    def convert(self, piece: bytes) -> str:
        out: list[str] = []
        at = 0
        while at < len(piece) and self.number < self.end:
            found = piece.find(b"\n", at)
            ended = found >= 0
            stop = found if ended else len(piece)
            if self.number >= self.start:
                if not self.inside:
                    out.append('"' if self.number == self.start else ',"')
                out.append(json.dumps(self.decoder.decode(piece[at:stop], ended))[1:-1])
                if ended:
                    out.append('"')
            self.inside = not ended
            self.number += ended
            at = stop + 1
        if not piece and self.inside and self.number >= self.start:
            out.append(json.dumps(self.decoder.decode(b"", True))[1:-1] + '"')
        if not piece or self.number >= self.end:
            self.over = True
            out.append("]}")
        return "".join(out)


class FileAnswer(StreamingResponse):
    def __init__(self, file: Any, pieces: Any, **more: Any) -> None:
        super().__init__(pieces, **more)
        self.file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await whole(self.file.close())


receipts = Store()


@app.put("/receipts/{receipt_id}", status_code=201, response_model=None)
async def store(receipt_id: Id, request: Request) -> dict[str, Any] | Response:
    try:
        size = await receipts.put(receipt_id, request.stream())
    except ClientDisconnect:
        return Response(status_code=400)
    return {"id": receipt_id, "bytes": size}


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: Id) -> Response:
    file = await receipts.open(receipt_id)
    return FileAnswer(file, Whole(file), media_type="application/octet-stream")


@app.get("/receipts/{receipt_id}/lines")
async def read_lines(
    receipt_id: Id,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=1)] = 10,
) -> Response:
    file = await receipts.open(receipt_id)
    return FileAnswer(file, Lines(file, start, count), media_type="application/json")

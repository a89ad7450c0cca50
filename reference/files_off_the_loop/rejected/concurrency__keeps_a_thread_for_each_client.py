"""Wrong: a thread waits for the client for as long as the client sends."""

import asyncio
import codecs
import hashlib
import json
import os
import pathlib
import queue
import uuid
from collections.abc import Callable, Iterator
from typing import Annotated, Any, BinaryIO, TypeVar

import anyio
from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from given import ARCHIVE
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

app = FastAPI()

PIECE = 64 * 1024
T = TypeVar("T")
ReceiptId = Annotated[str, Path(pattern="^[A-Za-z0-9-]+$")]


async def off_loop(job: Callable[..., T], *args: Any) -> T:
    """Run a job on a thread. A cancellation is only felt when the job is done:
    nothing is opened, written or removed behind our back."""
    interrupted: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        thread = asyncio.ensure_future(asyncio.to_thread(job, *args))
        while not thread.done():
            try:
                await asyncio.wait([thread])
            except asyncio.CancelledError as error:
                interrupted = error
    if interrupted is not None:
        if not thread.cancelled():
            thread.exception()
        raise interrupted
    return thread.result()


async def settled(task: asyncio.Task[int]) -> int:
    """Wait for a task that must come to its end, and only then be cancelled."""
    interrupted: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                interrupted = error
    if interrupted is not None:
        if not task.cancelled():
            task.exception()
        raise interrupted
    return task.result()


def place_of(receipt_id: str) -> pathlib.Path:
    """No id has a dot. So the long ones, which no file could be called, and the
    receipts that still arrive have names that are nobody's id."""
    if len(receipt_id) > 200:
        return ARCHIVE / f"long.{hashlib.sha256(receipt_id.encode()).hexdigest()}"
    return ARCHIVE / receipt_id


class Piece:
    """A piece of a receipt on its way to the thread that writes it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.loop = asyncio.get_running_loop()
        self.written = asyncio.Event()

    def done(self) -> None:
        self.loop.call_soon_threadsafe(self.written.set)


Pieces = queue.SimpleQueue[Piece | bool]


def write_all(place: pathlib.Path, pieces: Pieces) -> int:
    """For a thread: write what comes, until True (keep it) or False (forget it)."""
    part = ARCHIVE / f"{uuid.uuid4().hex}.part"
    size = 0
    keep = False
    try:
        with part.open("xb") as file:
            while not isinstance(piece := pieces.get(), bool):
                file.write(piece.data)
                size += len(piece.data)
                piece.done()
            keep = piece
        if keep:
            os.replace(part, place)
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            part.unlink(missing_ok=True)
    return size


class Outgoing:
    """A receipt that is read, from one file that stays the same, whatever arrives."""

    def __init__(self, place: pathlib.Path) -> None:
        self.place = place
        self.file: BinaryIO | None = None
        self.size = 0

    def open(self) -> None:
        self.file = self.place.open("rb")
        self.size = os.fstat(self.file.fileno()).st_size

    def read(self) -> bytes:
        assert self.file is not None
        return self.file.read(PIECE)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


class ThreadIterator:
    """Each step of an iterator on a thread."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces

    def __aiter__(self) -> "ThreadIterator":
        return self

    async def __anext__(self) -> bytes:
        piece: bytes | None = await off_loop(next, self.pieces, None)
        if piece is None:
            raise StopAsyncIteration
        return piece


class ReceiptResponse(StreamingResponse):
    """Closes the receipt, whether it has been sent, in part, or not at all."""

    def __init__(self, source: Outgoing, pieces: Iterator[bytes], **more: Any) -> None:
        super().__init__(ThreadIterator(pieces), **more)
        self.source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await off_loop(self.source.close)


async def opened(receipt_id: str) -> Outgoing:
    source = Outgoing(place_of(receipt_id))
    try:
        await off_loop(source.open)
    except FileNotFoundError:
        raise HTTPException(404, "No such receipt") from None
    except BaseException:
        await off_loop(source.close)
        raise
    return source


def lines_as_json(read: Callable[[], bytes], start: int, count: int) -> Iterator[bytes]:
    """The answer with the lines, without ever holding a line that is a large one."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    number, stop = 0, start + count
    begun = False
    yield b'{"lines":['
    while number < stop and (piece := read()):
        at = 0
        out: list[str] = []
        while number < stop:
            end = piece.find(b"\n", at)
            part = piece[at:] if end < 0 else piece[at:end]
            if number >= start and (part or end >= 0):
                if not begun:
                    out.append('"' if number == start else ',"')
                    begun = True
                text = decoder.decode(part, end >= 0)
                out.append(json.dumps(text, ensure_ascii=False)[1:-1])
                if end >= 0:
                    out.append('"')
                    begun = False
            if end < 0:
                break
            number, at = number + 1, end + 1
        if out:
            yield "".join(out).encode()
    if begun:
        yield json.dumps(decoder.decode(b"", True))[1:].encode()
    yield b"]}"


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: ReceiptId, request: Request) -> dict[str, Any]:
    pieces: Pieces = queue.SimpleQueue()
    # One thread opens, writes, closes and renames the file of this receipt.
    writer = asyncio.create_task(off_loop(write_all, place_of(receipt_id), pieces))
    complete = False
    try:
        async for data in request.stream():
            if not data:
                continue
            piece = Piece(data)
            pieces.put(piece)
            written = asyncio.create_task(piece.written.wait())
            try:
                # Or it fails, with a disk that is full, say.
                await asyncio.wait({written, writer}, return_when="FIRST_COMPLETED")
            finally:
                written.cancel()
            if writer.done():
                break
        complete = True
    except ClientDisconnect:
        raise HTTPException(400, "The client has gone away") from None
    finally:
        pieces.put(complete)
        size = await settled(writer)
    return {"id": receipt_id, "bytes": size}


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: ReceiptId) -> Response:
    source = await opened(receipt_id)
    return ReceiptResponse(
        source,
        iter(source.read, b""),
        media_type="application/octet-stream",
        headers={"content-length": str(source.size)},
    )


@app.get("/receipts/{receipt_id}/lines")
async def read_lines(
    receipt_id: ReceiptId,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=1)] = 10,
) -> Response:
    source = await opened(receipt_id)
    answer = lines_as_json(source.read, start, count)
    return ReceiptResponse(source, answer, media_type="application/json")

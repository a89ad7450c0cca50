"""Where lines begin is remembered by the size of the receipt."""

import asyncio
import hashlib
import json
import os
import pathlib
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from typing import Annotated, Any, BinaryIO, TypeVar

import anyio
from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from given import ARCHIVE
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

T = TypeVar("T")
BLOCK = 64 * 1024

app = FastAPI()

ReceiptId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]+$")]
Start = Annotated[int, Query(ge=0)]
Count = Annotated[int, Query(ge=1)]


def path_of(receipt_id: str) -> pathlib.Path:
    """Where a receipt is kept. Ids are names of files, unless they are too long."""
    if len(receipt_id) <= 200:
        return ARCHIVE / receipt_id
    return ARCHIVE / ("_" + hashlib.sha256(receipt_id.encode()).hexdigest())


async def off_loop(work: Callable[..., T], *args: Any) -> T:
    """Do it in a thread. When this returns or raises, the thread is done with it."""
    with anyio.CancelScope(shield=True):
        future = asyncio.get_running_loop().run_in_executor(None, work, *args)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({future})
            if not future.cancelled():
                future.exception()
            raise
    raise AssertionError("a shielded scope suppresses nothing")


class Upload:
    """A receipt that is coming in, in a file whose name is no id."""

    def __init__(self) -> None:
        self.path = ARCHIVE / f".{uuid.uuid4().hex}.part"
        self.size = 0
        self._file: BinaryIO | None = None

    def write(self, piece: bytes) -> None:
        if self._file is None:
            self._file = open(self.path, "xb")  # noqa: SIM115
        self._file.write(piece)
        self.size += len(piece)

    def keep_as(self, path: pathlib.Path) -> None:
        self.write(b"")  # An empty receipt is a file, too.
        assert self._file is not None
        self._file.close()
        os.replace(self.path, path)

    def discard(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self.path.unlink(missing_ok=True)


@app.put("/receipts/{receipt_id}", status_code=201)
async def store(receipt_id: ReceiptId, request: Request) -> dict[str, Any]:
    upload = Upload()
    try:
        async for piece in request.stream():
            if piece:
                await off_loop(upload.write, piece)
        await off_loop(upload.keep_as, path_of(receipt_id))
    except BaseException as error:
        await off_loop(upload.discard)
        if isinstance(error, ClientDisconnect):
            raise HTTPException(400, "Only a part of the receipt came") from error
        raise
    return {"id": receipt_id, "bytes": upload.size}


class FromFile(StreamingResponse):
    """An answer that is read from an open file, which is closed whatever happens."""

    def __init__(
        self, file: BinaryIO, pieces: Iterator[bytes], media_type: str, **headers: str
    ) -> None:
        self._file = file
        self._pieces = self._read(pieces)
        super().__init__(self._pieces, media_type=media_type)
        for name, value in headers.items():
            self.headers[name.replace("_", "-")] = value

    @staticmethod
    async def _read(pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
        while piece := await off_loop(next, pieces, b""):
            yield piece

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await off_loop(self._file.close)
            await self._pieces.aclose()


async def open_receipt(receipt_id: str) -> tuple[BinaryIO, int]:
    """The open file, and its size."""
    opened: list[tuple[BinaryIO, int]] = []

    def open_it() -> None:
        file = open(path_of(receipt_id), "rb")  # noqa: SIM115
        opened.append((file, os.fstat(file.fileno()).st_size))

    try:
        await off_loop(open_it)
    except FileNotFoundError:
        raise HTTPException(404, "There is no such receipt") from None
    except asyncio.CancelledError:
        if opened:
            await off_loop(opened[0][0].close)
        raise
    return opened[0]


def blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


# Where the lines of a receipt begin. The size tells whether it is still the same one.
_indexes: dict[str, tuple[int, list[int]]] = {}


def index_of(receipt_id: str, file: BinaryIO, size: int) -> list[int]:
    known = _indexes.get(receipt_id)
    if known is not None and known[0] == size:
        return known[1]
    begins = [0]
    place = 0
    while block := file.read(BLOCK):
        at = -1
        while (at := block.find(b"\n", at + 1)) >= 0:
            begins.append(place + at + 1)
        place += len(block)
    if begins[-1] != size:
        begins.append(size)
    if len(_indexes) >= 100:
        _indexes.clear()
    _indexes[receipt_id] = (size, begins)
    return begins


def json_lines(
    receipt_id: str, file: BinaryIO, size: int, start: int, count: int
) -> bytes:
    begins = index_of(receipt_id, file, size)
    texts: list[str] = []
    for number in range(start, min(start + count, len(begins) - 1)):
        file.seek(begins[number])
        line = file.read(begins[number + 1] - begins[number])
        texts.append(line.removesuffix(b"\n").decode(errors="replace"))
    return json.dumps({"lines": texts}, ensure_ascii=False).encode()


@app.get("/receipts/{receipt_id}")
async def read(receipt_id: ReceiptId) -> Response:
    file, size = await open_receipt(receipt_id)
    return FromFile(
        file, blocks(file), "application/octet-stream", content_length=str(size)
    )


@app.get("/receipts/{receipt_id}/lines")
async def read_lines(
    receipt_id: ReceiptId, start: Start = 0, count: Count = 10
) -> Response:
    file, size = await open_receipt(receipt_id)
    try:
        body = await off_loop(json_lines, receipt_id, file, size, start, count)
    finally:
        await off_loop(file.close)
    return Response(body, media_type="application/json")

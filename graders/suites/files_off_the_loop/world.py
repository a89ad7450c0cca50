"""The world: an archive of receipts, with its clients, and what they send to it."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from graders.proctor import Exam, Exchange, Reply

# What may be held in memory.
HELD = 256 * 1024
PIECE = 2**16
_ID = re.compile("[A-Za-z0-9-]+")
TILLS = ("till", "Kasse", "c")
GOODS = ("Bread", "Café crème", "Müsli", "Jalapeño", "Smørrebrød", "Tea", "Żurek")


class Receipts:
    """The archive, seen from outside, and clients that send to it.

    Args:
        exam: the names and texts of receipts are drawn from its seed.
    """

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        self._numbers = count(exam.random.randrange(1_000, 9_000))
        self.folder: Path = exam.folder / "receipts"

    def new_id(self) -> str:
        return f"{self._exam.random.choice(TILLS)}-{next(self._numbers)}"

    def lines(self, number: int) -> list[str]:
        """So many lines of a receipt, without their ends."""
        draw = self._exam.random
        return [
            f"{draw.choice(GOODS)} {draw.randrange(1_000, 99_999) / 100:.2f}"
            for _ in range(number)
        ]

    def some_bytes(self, size: int) -> bytes:
        """A large receipt."""
        return self._exam.random.randbytes(size)

    # --- the folder -------------------------------------------------------------------

    def held(self) -> int:
        """How many bytes there are in all files of the archive."""
        return sum(path.stat().st_size for path in self._files())

    def look(self) -> dict[str, bytes]:
        """Every file of the scratch folder, with what is in it."""
        return {
            str(path.relative_to(self._exam.folder)): path.read_bytes()
            for path in sorted(self._exam.folder.rglob("*"))
            if path.is_file()
        }

    def file_of(self, body: bytes) -> Path | None:
        """The one file that holds this receipt."""
        found = [path for path in self._files() if path.read_bytes() == body]
        return found[0] if len(found) == 1 else None

    def names(self) -> list[str]:
        """Whatever is an id in the paths of the archive's files: names and their parts.

        Who gives a file an ending takes the id from what stands before it.
        """
        paths = [str(path.relative_to(self.folder)) for path in self._files()]
        return sorted({name for path in paths for name in _ID.findall(path)})

    def _files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    # --- requests ---------------------------------------------------------------------

    def begin(self, receipt: str) -> Exchange:
        """A `PUT` whose body is still to come."""
        return self._exam.upload("PUT", f"/receipts/{receipt}")

    async def begun(self, receipt: str, part: bytes) -> Exchange:
        """A `PUT` of whose body only this has come."""
        exchange = self.begin(receipt)
        send(exchange, part, more=True)
        await self._exam.settle()
        return exchange

    async def finish(self, exchange: Exchange, rest: bytes = b"") -> Reply:
        """Send the rest of a body: the receipt is stored."""
        send(exchange, rest)
        return await self._stored(exchange)

    async def store(self, receipt: str, body: bytes) -> Reply:
        exchange = self._exam.start("PUT", f"/receipts/{receipt}", body=body)
        return await self._stored(exchange)

    async def read(self, receipt: str) -> Reply:
        return await self._exam.get(f"/receipts/{receipt}")

    async def _stored(self, exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        self._exam.expect_status(reply, 201)
        return reply


def text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def send(
    exchange: Exchange, body: bytes, *, size: int = PIECE, more: bool = False
) -> None:
    """Give the application a body in pieces of `size` bytes; with `more`, all but the
    last word."""
    for begin in range(0, len(body), size):
        piece = {"body": body[begin : begin + size], "more_body": True}
        exchange.feed({"type": "http.request", **piece})
    if not more:
        exchange.feed({"type": "http.request", "body": b"", "more_body": False})

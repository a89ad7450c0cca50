"""A receipt archive: where its file operations run, and what they leave behind."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path
from typing import Any

from graders.proctor import Exam, Exchange, Reply, check

if sys.platform == "linux":
    from asyncinotify import Inotify, Mask

# What may be held in memory.
_HELD = 256 * 1024
_PIECE = 2**16
_GOODS = ("Bread", "Café crème", "Müsli", "Jalapeño", "Smørrebrød", "Tea", "Żurek")
_BAD_IDS = ("..", "a.b", "till%204", "a%5Cb", "a_b", "%00", ".part")
_OUTSIDE = ("..%2Fsecret", "%2E%2E%2Fsecret", "..%5Csecret")


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
        return (
            f"{self._exam.random.choice(('till', 'Kasse', 'c'))}-{next(self._numbers)}"
        )

    def lines(self, number: int) -> list[str]:
        """So many lines of a receipt, without their ends."""
        draw = self._exam.random
        return [
            f"{draw.choice(_GOODS)} {draw.randrange(1_000, 99_999) / 100:.2f}"
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

    def _files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    # --- requests ---------------------------------------------------------------------

    def begin(self, receipt: str) -> Exchange:
        """A `PUT` whose body is still to come."""
        return self._exam.upload("PUT", f"/receipts/{receipt}")

    async def store(self, receipt: str, body: bytes) -> Reply:
        reply = await self._exam.put(f"/receipts/{receipt}", body=body)
        self._exam.expect_status(reply, 201)
        return reply

    async def read(self, receipt: str) -> Reply:
        return await self._exam.get(f"/receipts/{receipt}")


async def _expect_receipt(
    exam: Exam, archive: Receipts, receipt: str, body: bytes | None, when: str
) -> None:
    """`GET` answers with this receipt, or with 404 when there is none."""
    reply = await archive.read(receipt)
    if body is None:
        exam.expect(
            reply.status >= 400,
            f"no receipt {when}",
            f"GET answers {reply.status}",
            site=exam.endpoint(reply.run),
        )
        return
    exam.expect_status(reply, 200)
    _expect_body(exam, reply, body, f"the whole receipt {when}")


def _expect_body(exam: Exam, reply: Reply, body: bytes, expected: str) -> None:
    if reply.body == body:
        return
    saw, site = "as many bytes, but others", exam.endpoint(reply.run)
    if len(reply.body) != len(body):
        saw = f"{len(reply.body)} bytes instead of {len(body)}"
    if reply.failure is not None:
        # The status had been sent before it was raised.
        saw += f", because {reply.failure.error} was raised: {reply.failure.text[:200]}"
        site = reply.failure.site or site
    exam.fail(expected, saw, site=site)


def _expect_off_the_loop(exam: Exam, what: str) -> None:
    """No line of the learner's has touched a file on the event loop's thread."""
    touched = [
        item for item in exam.evidence if item.kind == "file" and item.site is not None
    ]
    if touched:
        exam.fail(
            f"{what} touches no file on the event loop",
            f"{touched[0].detail} did",
            site=touched[0].site,
        )


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _send(exchange: Exchange, body: bytes, size: int, *, more: bool = False) -> None:
    """Give the application a body in pieces of `size` bytes; with `more`, all but the
    last word."""
    for begin in range(0, len(body), size):
        piece = {"body": body[begin : begin + size], "more_body": True}
        exchange.feed({"type": "http.request", **piece})
    if not more:
        exchange.feed({"type": "http.request", "body": b"", "more_body": False})


def _expect_untouched(
    exam: Exam, archive: Receipts, before: dict[str, bytes], when: str, run: int
) -> None:
    """The scratch folder is as it was."""
    after, site = archive.look(), exam.endpoint(run)
    left = sorted(set(after) - set(before))
    exam.expect(
        not left, f"no new file {when}", f"{len(left)} in the folder", site=site
    )
    lost = sorted(set(before) - set(after))
    exam.expect(not lost, f"no file less {when}", f"{len(lost)} gone", site=site)
    exam.expect(
        after == before, f"every file as it was {when}", "one has changed", site=site
    )


def _place_of(exam: Exam, archive: Receipts, body: bytes) -> Path:
    """The file in which this receipt is."""
    place = archive.file_of(body)
    exam.expect(
        place is not None,
        "a receipt is one file in the archive, as it came",
        "there is no such file, or more than one",
        site=exam.routes[0].site if exam.routes else None,
    )
    assert place is not None
    return place


async def _expect_whole_when_named(
    exam: Exam, archive: Receipts, receipt: str, old: bytes, new: bytes
) -> None:
    """Nothing is written to a receipt's file while it has its name.

    No reader can be sent between a rename and the end of what is written: both happen
    in threads, in their own time. But the kernel keeps their order. Only Linux tells.
    """
    if sys.platform != "linux":
        return
    folder = _place_of(exam, archive, old).parent
    with Inotify(sync_timeout=0) as changes:
        changes.add_watch(folder, Mask.MODIFY)
        reply = await archive.store(receipt, new)
        await exam.settle()
        written = {event.name for event in changes}
    place = _place_of(exam, archive, new)
    exam.expect(
        place.parent != folder or Path(place.name) not in written,
        "a file that gets a receipt's name when nothing is left to write",
        "it was written to under that name",
        advice="What you write may wait in a buffer until the file is flushed or "
        "closed. Does that come before the file gets its name, or after it?",
        site=exam.endpoint(reply.run),
    )


# --- awaits ---------------------------------------------------------------------------


@check(
    "awaits",
    points=2,
    hint="Which of your calls answer at once, and which give you something to await? "
    "`async with` awaits the opening of a file, and nothing after it.",
)
async def test_a_receipt_comes_back_as_it_was_sent(exam: Exam) -> None:
    """A receipt comes back as it was sent, whole and by the line."""
    archive = Receipts(exam)
    lines = archive.lines(exam.random.randint(15, 30))
    receipt, body = archive.new_id(), _text(lines)

    stored = await archive.store(receipt, body)
    exam.expect_json(stored, {"id": receipt, "bytes": len(body)})
    await _expect_receipt(exam, archive, receipt, body, "after its PUT")
    reply = await exam.get(f"/receipts/{receipt}/lines")
    exam.expect_status(reply, 200)
    exam.expect_json(reply, {"lines": lines[:10]}, source="the receipt")

    larger = _text(archive.lines(4_000))
    exchange = archive.begin(receipt)
    exchange.hold_sends = True
    _send(exchange, larger, exam.random.randint(900, 1_100))
    await exchange.started()
    await exam.settle()
    # What an application does behind the first byte of its answer comes too late.
    await _expect_receipt(exam, archive, receipt, larger, "when its PUT is answered")
    exchange.read_on()
    stored = await exchange.reply()
    exam.expect_status(stored, 201)
    exam.expect_json(stored, {"id": receipt, "bytes": len(larger)})


# --- blocking -------------------------------------------------------------------------

_OFF = (
    "A thread may wait for the disk, the event loop may not. What can this line await "
    "instead?"
)


@check("blocking", points=3, hint=_OFF)
async def test_storing_touches_no_file_on_the_loop(exam: Exam) -> None:
    """Storing a receipt, or a part of one, touches no file on the event loop."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    for size in (300, 200_000):
        exchange = archive.begin(receipt)
        _send(exchange, archive.some_bytes(size), _PIECE)
        exam.expect_status(await exchange.reply(), 201)
        await exam.settle()
        _expect_off_the_loop(exam, "a PUT")
    exchange = archive.begin(receipt)
    _send(exchange, archive.some_bytes(200_000), _PIECE, more=True)
    await exam.settle()
    exchange.disconnect()
    await exchange.returns()
    await exam.settle()
    _expect_off_the_loop(exam, "a PUT that breaks off")
    await exam.put("/receipts/a.b", body=b"x")
    await exam.settle()
    _expect_off_the_loop(exam, "a PUT with a wrong id")


@check("blocking", points=2, hint=_OFF)
async def test_sending_touches_no_file_on_the_loop(exam: Exam) -> None:
    """Sending a receipt touches no file on the event loop."""
    archive = Receipts(exam)
    receipt, body = archive.new_id(), archive.some_bytes(200_000)
    await archive.store(receipt, body)
    await exam.settle()
    exam.evidence.clear()
    await _expect_receipt(exam, archive, receipt, body, "after its PUT")
    await exam.settle()
    _expect_off_the_loop(exam, "a GET")
    await archive.read(archive.new_id())
    await exam.settle()
    _expect_off_the_loop(exam, "a GET of what is not there")


@check("blocking", points=2, hint=_OFF)
async def test_reading_lines_touches_no_file_on_the_loop(exam: Exam) -> None:
    """Reading lines touches no file on the event loop."""
    archive = Receipts(exam)
    lines = archive.lines(2_000)
    receipt = archive.new_id()
    await archive.store(receipt, _text(lines))
    await exam.settle()
    exam.evidence.clear()
    reply = await exam.get(f"/receipts/{receipt}/lines?start=1200&count=400")
    exam.expect_status(reply, 200)
    await exam.settle()
    _expect_off_the_loop(exam, "a GET of lines")
    await exam.get(f"/receipts/{archive.new_id()}/lines")
    await exam.settle()
    _expect_off_the_loop(exam, "a GET of lines that are not there")


# --- resources ------------------------------------------------------------------------


@check(
    "resources",
    points=2,
    hint="Where are the pieces of a receipt between the moment at which they arrive "
    "and the end of the request?",
)
async def test_a_receipt_that_arrives_is_on_the_disk(exam: Exam) -> None:
    """While a receipt arrives, all but its last 256 KiB is in a file in the archive."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    exchange = archive.begin(receipt)
    for part in range(1, 4):
        _send(exchange, archive.some_bytes(_HELD), _PIECE, more=True)
        await exam.settle()
        exam.expect(
            archive.held() >= (part - 1) * _HELD,
            f"{256 * (part - 1)} KiB on the disk when {256 * part} KiB have come",
            f"{archive.held()} bytes",
            site=exam.endpoint(exchange.run),
        )
    _send(exchange, b"", _PIECE)
    exam.expect_status(await exchange.reply(), 201)


@check(
    "resources",
    points=2,
    hint="Which line of yours reads the receipt, and how much of it, before the first "
    "byte is sent?",
)
async def test_a_receipt_is_read_as_it_is_sent(exam: Exam) -> None:
    """While a receipt is sent, no more than 256 KiB is read ahead of the client."""
    archive = Receipts(exam)
    receipt, body = archive.new_id(), archive.some_bytes(3 * _HELD)
    await archive.store(receipt, body)
    await exam.settle()
    place = _place_of(exam, archive, body)
    exchange = exam.start("GET", f"/receipts/{receipt}")
    exchange.hold_sends = True
    await exchange.started()
    await exam.settle()
    # What has not been read yet looks otherwise from now on.
    tail = archive.some_bytes(_HELD)
    with place.open("r+b") as file:
        file.seek(2 * _HELD)
        file.write(tail)
    exchange.read_on()
    reply = await exchange.reply()
    exam.expect_status(reply, 200)
    exam.expect(
        reply.body != body,
        "at most 256 KiB are read while the client does not read on",
        "the end of the receipt had been read already",
        site=exam.endpoint(reply.run),
    )
    _expect_body(exam, reply, body[: 2 * _HELD] + tail, "the receipt as it is read")


@check(
    "resources",
    points=2,
    hint="A file that is being written is half written. Under which name may it stand "
    "until it is whole?",
)
async def test_a_half_written_receipt_is_never_seen(exam: Exam) -> None:
    """Until a new receipt has arrived, the old one (or none) is answered."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    old: bytes | None = None
    for _ in range(2):
        new = archive.some_bytes(3 * _PIECE)
        exchange = archive.begin(receipt)
        for begin in range(0, len(new), _PIECE):
            _send(exchange, new[begin : begin + _PIECE], _PIECE, more=True)
            await exam.settle()
            when = "while a new one arrives" if old else "before it has arrived"
            await _expect_receipt(exam, archive, receipt, old, when)
        _send(exchange, b"", _PIECE)
        exam.expect_status(await exchange.reply(), 201)
        old = new
        await _expect_receipt(exam, archive, receipt, old, "after its PUT")
        await exam.settle()
    exam.expect(
        len(archive.look()) == 1,
        "one file for one receipt",
        f"{len(archive.look())} files",
        site=exam.endpoint(exchange.run),
    )
    assert old is not None
    # So little that no buffer runs over, and so much that some do.
    for size in (300, _PIECE + 300):
        new = archive.some_bytes(size)
        await _expect_whole_when_named(exam, archive, receipt, old, new)
        old = new


@check(
    "resources",
    points=3,
    hint="The next piece may never come: then an exception is raised where you wait "
    "for it. What has to be closed and removed on its way out?",
)
async def test_an_upload_that_breaks_off_leaves_nothing(exam: Exam) -> None:
    """A `PUT` that breaks off or is cancelled leaves no trace."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    for old in (None, archive.some_bytes(2 * _PIECE)):
        if old is not None:
            await archive.store(receipt, old)
        await exam.settle()
        before = archive.look()
        for cancelled in (False, True):
            exchange = archive.begin(receipt)
            _send(exchange, archive.some_bytes(3 * _PIECE), _PIECE, more=True)
            await exam.settle()
            if cancelled:
                exchange.cancel()
            else:
                exchange.disconnect()
            await exchange.returns()
            await exam.settle()
            when = "after a cancelled PUT" if cancelled else "after an aborted PUT"
            _expect_untouched(exam, archive, before, when, exchange.run)
            await _expect_receipt(exam, archive, receipt, old, when)
    await exam.finish()
    open_still = [item for item in exam.evidence if item.kind == "file left open"]
    exam.expect(
        not open_still,
        "every file is closed when a PUT breaks off",
        "one was left for the garbage collector to close",
        site=(open_still[0].site if open_still else None)
        or exam.endpoint(exchange.run),
    )


# --- concurrency ----------------------------------------------------------------------


@check(
    "concurrency",
    points=2,
    hint="Two clients send the same receipt. What do the two requests share in your "
    "code, or on the disk?",
)
async def test_two_uploads_of_one_receipt_do_not_mix(exam: Exam) -> None:
    """Two clients that send the same receipt at once replace it one after the other."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    bodies = [archive.some_bytes(3 * _PIECE), archive.some_bytes(4 * _PIECE)]
    if exam.random.random() < 0.5:
        bodies.reverse()
    exchanges = [archive.begin(receipt) for _ in bodies]
    for part in range(4):
        for exchange, body in zip(exchanges, bodies, strict=True):
            piece = body[part * _PIECE : (part + 1) * _PIECE]
            _send(exchange, piece, _PIECE, more=True)
            await exam.settle()
    # The second to begin is the first to end.
    for exchange, body in reversed(list(zip(exchanges, bodies, strict=True))):
        _send(exchange, b"", _PIECE)
        exam.expect_status(await exchange.reply(), 201)
        await _expect_receipt(exam, archive, receipt, body, "after its PUT")


@check(
    "concurrency",
    points=1,
    hint="What does a request of yours hold while it waits for its client?",
)
async def test_a_slow_client_keeps_no_other_waiting(exam: Exam) -> None:
    """While one client is slow to send, others send and read."""
    archive = Receipts(exam)
    slow, other = archive.new_id(), archive.new_id()
    exchange = archive.begin(slow)
    _send(exchange, archive.some_bytes(100), 100, more=True)
    await exam.settle()
    bodies = [archive.some_bytes(500) for _ in range(50)]
    replies = await asyncio.gather(
        *(
            exam.put(f"/receipts/{other}-{number}", body=body)
            for number, body in enumerate(bodies)
        )
    )
    for reply in replies:
        exam.expect_status(reply, 201)
    number = exam.random.randrange(50)
    name = f"{other}-{number}"
    await _expect_receipt(exam, archive, name, bodies[number], "after its PUT")
    _send(exchange, b"", 100)
    exam.expect_status(await exchange.reply(), 201)


# --- errors ---------------------------------------------------------------------------


@check(
    "errors",
    points=1,
    hint="What does opening a file raise that is not there?",
)
async def test_a_receipt_that_is_not_there_is_a_404(exam: Exam) -> None:
    """A receipt that is not there is a 404, whole and by the line."""
    archive = Receipts(exam)
    await archive.store(archive.new_id(), _text(archive.lines(3)))
    missing = archive.new_id()

    exam.expect_status(await archive.read(missing), 404)
    exam.expect_status(await exam.get(f"/receipts/{missing}/lines"), 404)


@check(
    "errors",
    points=2,
    hint="An id becomes a part of a path. Which ids may, and where is that decided?",
)
async def test_nothing_outside_the_archive_is_touched(exam: Exam) -> None:
    """An id with other characters is a 422, and nothing outside the archive is read."""
    archive = Receipts(exam)
    secret = archive.some_bytes(40)
    for name in ("secret", "secret.txt"):
        (exam.folder / name).write_bytes(secret)
    before = archive.look()
    for receipt in (*_BAD_IDS, *_OUTSIDE):
        allowed = (422, 404, 405) if "%2F" in receipt else (422,)
        for method, tail in (("PUT", ""), ("GET", ""), ("GET", "/lines")):
            body = b"x\n" if method == "PUT" else None
            reply = await exam.request(method, f"/receipts/{receipt}{tail}", body=body)
            exam.expect(
                reply.status in allowed,
                f"{method} with the id {receipt!r} answers 422",
                str(reply.status),
                site=exam.endpoint(reply.run),
            )
            await exam.settle()
            _expect_untouched(exam, archive, before, f"after {method}", reply.run)


@check(
    "errors",
    points=2,
    hint="Count a few lines by hand: which one is number `start`, and how many are "
    "left behind it? And what does your code take for the end of a line?",
)
async def test_lines_are_counted_from_zero(exam: Exam) -> None:
    """`start` and `count` choose the lines; below their limits they are a 422."""
    archive = Receipts(exam)
    lines = archive.lines(25)
    # Only a line feed ends a line.
    lines[0] += "\r"
    lines[1] = lines[1].replace(" ", "\r", 1)
    receipt = archive.new_id()
    await archive.store(receipt, _text(lines))
    first, some = exam.random.randint(1, 12), exam.random.randint(2, 12)
    windows = [(0, 1), (first, some), (20, 10), (24, 1), (25, 3), (400, 5), (0, 100)]
    for start, number in windows:
        reply = await _lines(exam, receipt, f"start={start}&count={number}")
        expected: Any = {"lines": lines[start : start + number]}
        exam.expect_json(reply, expected, source="the receipt")
    reply = await _lines(exam, receipt, f"start={first}")
    exam.expect_json(reply, {"lines": lines[first : first + 10]}, source="the receipt")
    for query in ("start=-1", "count=0", "count=-3"):
        reply = await exam.get(f"/receipts/{receipt}/lines?{query}")
        exam.expect_status(reply, 422)


async def _lines(exam: Exam, receipt: str, query: str) -> Reply:
    reply = await exam.get(f"/receipts/{receipt}/lines?{query}")
    exam.expect_status(reply, 200)
    return reply

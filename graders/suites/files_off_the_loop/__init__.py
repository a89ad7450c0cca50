"""A receipt archive: where its file operations run, and what they leave behind."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from graders.proctor import (
    Ask,
    CheckFailed,
    Deadlock,
    Exam,
    Exchange,
    Observation,
    Reply,
    Site,
    check,
    every_schedule,
    seconds,
)

if sys.platform == "linux":
    with contextlib.suppress(ImportError):
        import asyncinotify

# What may be held in memory.
_HELD = 256 * 1024
_PIECE = 2**16
_GOODS = ("Bread", "Café crème", "Müsli", "Jalapeño", "Smørrebrød", "Tea", "Żurek")
# The last two are made of letters and digits, but not of those.
_BAD_IDS = (
    *("..", "a.b", "till%204", "a%5Cb", "a_b", "%00", ".part", "c-4%0A"),
    *("caf%C3%A9", "c-%D9%A3"),
)
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
    exam: Exam,
    archive: Receipts,
    receipt: str,
    body: bytes | None,
    when: str,
    *,
    arriving: bool = False,
) -> None:
    """`GET` answers with this receipt, or with 404 when there is none.

    Args:
        arriving: a new one is on its way, and nothing may have happened to this one.
    """
    if body is None:
        await _expect_none(exam, archive, receipt, when)
        return
    place = archive.file_of(body)
    reply = await archive.read(receipt)
    if (reply.status, reply.body) == (200, body):
        return
    await exam.settle()
    held = archive.file_of(body)
    late = held is not None and held != place
    if held is None or late:
        # What was on the disk is wrong, so it is none of GET's lines.
        blame = _line_that_names if late or arriving else _line_that_chooses
        exam.fail(
            f"the whole receipt {when}",
            _length(reply, body) if reply.status == 200 else f"a {reply.status}",
            advice=_LATE if late else "",
            site=await blame(exam, archive),
        )
    exam.expect_status(reply, 200)
    _expect_body(exam, reply, body, f"the whole receipt {when}")


async def _expect_none(exam: Exam, archive: Receipts, receipt: str, when: str) -> None:
    reply = await archive.read(receipt)
    if reply.status >= 400:
        return
    site = await _line_that_names(exam, archive)
    exam.fail(f"no receipt {when}", f"GET answers {reply.status}", site=site)


_LATE = (
    "It was stored when the answer had begun already. What does your PUT have to wait "
    "for before it answers?"
)


def _expect_body(exam: Exam, reply: Reply, body: bytes, expected: str) -> None:
    if reply.body == body:
        return
    saw, site = _length(reply, body), exam.answer(reply.run)
    if reply.failure is not None:
        # The status had been sent before it was raised.
        saw += f": {reply.told}"
        site = (reply.failure.first or reply.failure).site or site
    exam.fail(expected, saw, site=site)


def _length(reply: Reply, body: bytes) -> str:
    if len(reply.body) == len(body):
        return "as many bytes, but others"
    return f"{len(reply.body)} bytes instead of {len(body)}"


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


def _change(before: dict[str, bytes], after: dict[str, bytes]) -> tuple[str, str]:
    """What should be and what is, where the scratch folder has changed; else ""."""
    if left := set(after) - set(before):
        return "no new file", f"{len(left)} in the folder"
    if lost := set(before) - set(after):
        return "no file less", f"{len(lost)} gone"
    return ("every file as it was", "one has changed") if after != before else ("", "")


# --- where it is in the learner's code ------------------------------------------------
#
# Files are used in threads, where nobody sees who does it. But a line that meets an
# obstacle raises, and so it is named. These are asked when a check has failed: what
# they leave of the archive does not matter any more.


async def _line_that_waits(exam: Exam, archive: Receipts) -> Site | None:
    """The line at which a `PUT` waits for its client."""
    exchange = archive.begin(archive.new_id())
    _send(exchange, archive.some_bytes(_PIECE), _PIECE, more=True)
    await exam.settle()
    try:
        await exchange.returns()
    except Deadlock as exc:
        for waiting in exc.pending:
            if waiting.run == exchange.run and waiting.site is not None:
                return waiting.site
    return exam.endpoint(exchange.run)


async def _line_that_opens(exam: Exam, archive: Receipts) -> Site | None:
    """The line at which a `PUT` opens its file: without an archive it cannot."""
    archive.folder.rename(exam.folder / "elsewhere")
    return await _line_that_fails(exam, "PUT", archive.new_id()) or _store(exam)


async def _line_that_chooses(exam: Exam, archive: Receipts) -> Site | None:
    """The line that says in which file a `PUT` writes."""
    opening = await _line_that_opens(exam, archive)
    chosen = exam.code.beside(opening, exam.code.mentions("ARCHIVE"))
    return chosen[0] if chosen else opening


async def _line_that_names(exam: Exam, archive: Receipts) -> Site | None:
    """The first line of a `PUT` that does something to the receipt's own file."""
    # A link to itself stops who opens it, a folder who replaces or removes it.
    for obstruct in (lambda place: place.symlink_to(place), Path.mkdir):
        receipt = await _obstructed(exam, archive, obstruct)
        site = await _line_that_fails(exam, "PUT", receipt)
        if site is not None:
            return site
    return _store(exam)


async def _line_that_fails(exam: Exam, method: str, target: str) -> Site | None:
    """The line of an endpoint that raises, in the background as well."""
    body = b"a line\n" if method == "PUT" else None
    exchange = exam.start(method, f"/receipts/{target}", body=body)
    await exam.settle()
    return exchange.failure.site if exchange.failure is not None else None


async def _obstructed(
    exam: Exam, archive: Receipts, obstruct: Callable[[Path], None]
) -> str:
    """A receipt in whose place there is something else."""
    receipt, body = archive.new_id(), archive.some_bytes(300)
    await exam.put(f"/receipts/{receipt}", body=body)
    await exam.settle()
    place = archive.file_of(body)
    if place is not None:
        place.unlink()
        obstruct(place)
    return receipt


def _store(exam: Exam) -> Site | None:
    asked = exam.driver.exchanges.values()
    puts = [exam.endpoint(one.run) for one in asked if one.scope.get("method") == "PUT"]
    puts += [route.site for route in exam.routes if "PUT" in route.methods]
    return next((site for site in puts if site is not None), None)


def _place_of(exam: Exam, archive: Receipts, body: bytes) -> Path:
    """The file in which this receipt is."""
    place = archive.file_of(body)
    exam.expect(
        place is not None,
        "a receipt is one file in the archive, as it came",
        "there is no such file, or more than one",
        site=_store(exam),
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
    if sys.platform != "linux" or "asyncinotify" not in globals():
        return
    folder = _place_of(exam, archive, old).parent
    with asyncinotify.Inotify(sync_timeout=0) as changes:
        changes.add_watch(folder, asyncinotify.Mask.MODIFY)
        await archive.store(receipt, new)
        await exam.settle()
        written = {event.name for event in changes}
    place = _place_of(exam, archive, new)
    if place.parent == folder and Path(place.name) in written:
        exam.fail(
            "a file that gets a receipt's name when nothing is left to write",
            "it was written to under that name",
            advice="What you write may wait in a buffer until the file is flushed or "
            "closed. Does that come before the file gets its name, or after it?",
            site=await _line_that_names(exam, archive),
        )


# --- awaits ---------------------------------------------------------------------------


@check(
    "awaits",
    points=2,
    hint="Which of your calls answer at once, and which give you something to await? "
    "`async with` awaits the opening of a file, and nothing after it.",
)
async def test_a_receipt_comes_back_as_it_was_sent(exam: Exam) -> None:
    """A receipt comes back as it was sent, as soon as its `PUT` is answered."""
    archive = Receipts(exam)
    body = _text(archive.lines(exam.random.randint(15, 30)))
    receipt = archive.new_id()

    stored = await archive.store(receipt, body)
    exam.expect_json(stored, {"id": receipt, "bytes": len(body)})
    await _expect_receipt(exam, archive, receipt, body, "after its PUT")

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


@check(
    "blocking",
    points=3,
    hint=_OFF,
    guard=True,
)
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
        held = archive.held()
        if held < (part - 1) * _HELD:
            exam.fail(
                f"{256 * (part - 1)} KiB on the disk when {256 * part} KiB have come",
                f"{held} bytes",
                site=await _line_that_waits(exam, archive),
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
    receipt = archive.new_id()
    # The client reads on no more before the first byte, or after the first piece.
    for begun in (False, True):
        body = archive.some_bytes(4 * _HELD)
        await archive.store(receipt, body)
        await exam.settle()
        place = _place_of(exam, archive, body)
        exchange = exam.start("GET", f"/receipts/{receipt}")
        exchange.hold_sends = True
        await exchange.started()
        if begun:
            exchange.read_on()
            exchange.hold_sends = True
            await exchange.chunk()
        await exam.settle()
        # What has not been read yet looks otherwise from now on.
        known = sum(len(chunk.data) for chunk in exchange.chunks) + _HELD
        tail = archive.some_bytes(max(0, len(body) - known))
        with place.open("r+b") as file:
            file.seek(known)
            file.write(tail)
        exchange.read_on()
        reply = await exchange.reply()
        exam.expect_status(reply, 200)
        exam.expect(
            not reply.body.startswith(body[: known + 16]),
            "at most 256 KiB are read while the client does not read on",
            "more had been read already",
            site=_line_that_reads(exam, reply),
        )
        _expect_body(exam, reply, body[:known] + tail, "the receipt as it is read")


@check(
    "resources",
    points=1,
    hint="What do you open for a receipt that is being sent: a file, or its name, and "
    "how often?",
)
async def test_an_answer_that_has_begun_is_of_one_receipt(exam: Exam) -> None:
    """A receipt that is being sent comes to its end while a new one replaces it."""
    archive = Receipts(exam)
    receipt = archive.new_id()
    old, new = archive.some_bytes(3 * _HELD), archive.some_bytes(4 * _HELD)
    await archive.store(receipt, old)
    await exam.settle()
    exchange = exam.start("GET", f"/receipts/{receipt}")
    await exchange.chunk()
    exchange.hold_sends = True
    await exam.settle()
    await archive.store(receipt, new)
    await exam.settle()
    exchange.read_on()
    reply = await exchange.reply()
    exam.expect_status(reply, 200)
    _expect_body(exam, reply, old, "the receipt of which the first piece was sent")


def _line_that_reads(exam: Exam, reply: Reply) -> Site | None:
    """Where the endpoint of a `GET` reads its file, as far as it does so itself."""
    answer = exam.answer(reply.run)
    reads = exam.code.beside(answer, exam.code.calls("read", "read_bytes"))
    return reads[0] if reads else answer


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
            await _expect_receipt(exam, archive, receipt, old, when, arriving=True)
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
            expected, saw = _change(before, archive.look())
            if expected == "no new file":
                advice, site = await _why_left(exam, archive, exchange)
                exam.fail(f"{expected} {when}", saw, advice=advice, site=site)
            if expected:
                site = await _line_that_names(exam, archive)
                exam.fail(f"{expected} {when}", saw, site=site)
            await _expect_receipt(exam, archive, receipt, old, when, arriving=True)
    await exam.finish()
    open_still = [item for item in exam.evidence if item.kind == "file left open"]
    if open_still:
        exam.fail(
            "every file is closed when a PUT breaks off",
            "one was left for the garbage collector to close",
            site=open_still[0].site or await _line_that_opens(exam, archive),
        )


async def _why_left(
    exam: Exam, archive: Receipts, exchange: Exchange
) -> tuple[str, Site | None]:
    """What to try where a broken `PUT` has left its file, and at which line."""
    waiting = await _line_that_waits(exam, archive)
    finished = exchange.finished
    if finished is not None and finished.cancelled:
        caught = exam.code.handlers("Exception", raising=True)
        advice = _CANCELLED
    elif finished is not None and finished.failure is None:
        caught = exam.code.handlers("ClientDisconnect", "Exception", "BaseException")
        advice = _SWALLOWED
    else:
        return "", waiting
    beside = exam.code.beside(waiting, caught)
    return advice, beside[0] if beside else waiting


_CANCELLED = (
    "When a client goes away you clean up, but not here. What is raised where you wait "
    "when the request itself is cancelled, and who catches it?"
)
_SWALLOWED = (
    "What is raised where you wait ended in your own code, which then went on. Is the "
    "receipt whole at that point?"
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
        stored = await exchange.reply()
        exam.expect_status(stored, 201)
        await _expect_receipt(exam, archive, receipt, body, "after its PUT")
        exam.expect_json(stored, {"id": receipt, "bytes": len(body)})


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
    guard=True,
)
async def test_nothing_outside_the_archive_is_touched(exam: Exam) -> None:
    """An id with other characters is a 422, and nothing outside the archive is read."""
    archive = Receipts(exam)
    secret = archive.some_bytes(40)
    for name in ("secret", "secret.txt"):
        (exam.folder / name).write_bytes(secret)
    before = archive.look()
    # Where it is said which ids there may be.
    rules = exam.code.gives("pattern", "min_length", "max_length")
    rules += exam.code.calls("compile", "match", "fullmatch", "search", "isalnum")
    for receipt in (*_BAD_IDS, *_OUTSIDE):
        allowed = (422, 404, 405) if "%2F" in receipt else (422,)
        for method, tail in (("PUT", ""), ("GET", ""), ("GET", "/lines")):
            body = b"x\n" if method == "PUT" else None
            reply = await exam.request(method, f"/receipts/{receipt}{tail}", body=body)
            exam.expect(
                reply.status in allowed,
                f"{method} with the id {receipt!r} answers 422",
                str(reply.status),
                site=rules[0] if rules else exam.endpoint(reply.run),
            )
            await exam.settle()
            expected, saw = _change(before, archive.look())
            exam.expect(
                not expected,
                f"{expected} after {method}",
                saw,
                site=exam.answer(reply.run),
            )


@check(
    "errors",
    points=2,
    hint="Count a few lines by hand: which one is number `start`, and how many are "
    "left behind it? And what does your code take for the end of a line, and in which "
    "encoding does it read?",
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
        query, expected = f"start={start}&count={number}", lines[start : start + number]
        await _expect_lines(exam, archive, f"{receipt}/lines?{query}", expected)
    await _expect_lines(exam, archive, f"{receipt}/lines", lines[:10])
    expected = lines[first : first + 10]
    await _expect_lines(exam, archive, f"{receipt}/lines?start={first}", expected)
    # Wherever a long line is cut, it is cut within a character.
    lines = ["€" * _PIECE, *archive.lines(2)]
    receipt = archive.new_id()
    await archive.store(receipt, _text(lines))
    await _expect_lines(exam, archive, f"{receipt}/lines", lines)
    for query in ("start=-1", "count=0", "count=-3"):
        reply = await exam.get(f"/receipts/{receipt}/lines?{query}")
        exam.expect_status(reply, 422)


async def _expect_lines(
    exam: Exam, archive: Receipts, target: str, lines: list[str]
) -> None:
    """`GET` answers with these lines."""
    reply = await exam.get(f"/receipts/{target}")
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    try:
        exam.expect_json(reply, {"lines": lines}, source="the receipt")
    except CheckFailed as exc:
        whole = await exam.get(f"/receipts/{target.partition('/')[0]}")
        site = await _line_of_lines(exam, archive, body, whole.body)
        finding = exc.finding
        exam.fail(finding.expected, finding.saw, site=site or finding.site)


async def _line_of_lines(
    exam: Exam, archive: Receipts, answered: Any, whole: bytes
) -> Site | None:
    """The line because of which the lines of a receipt are answered wrongly.

    How a file is decoded and where its lines end is said where it is opened; unless it
    is opened for its bytes. Which of the lines are answered is said further on.
    """
    taking = await _line_that_takes(exam, archive)
    if _are_lines_of(whole, answered):
        return taking
    receipt = await _obstructed(exam, archive, Path.mkdir)
    opening = await _line_that_fails(exam, "GET", f"{receipt}/lines")
    for_bytes = exam.code.texts("rb") + exam.code.calls("read_bytes")
    return taking if opening in for_bytes else opening


def _are_lines_of(whole: bytes, answered: Any) -> bool:
    """Whether these are lines of the receipt, be they the wrong ones."""
    lines = whole.decode(errors="replace").split("\n")
    got = answered.get("lines") if isinstance(answered, dict) else None
    return isinstance(got, list) and all(
        isinstance(line, str) and line.removesuffix("\n") in lines for line in got
    )


async def _line_that_takes(exam: Exam, archive: Receipts) -> Site | None:
    """The line that takes lines from the file: it fails at one that is no UTF-8.

    Not one that reads the whole file: there no line has been chosen yet.
    """
    far, near = b"x\n" * 100_000 + b"\xff\n", b"\xff\n" * 20
    sites = []
    for body in (far, near):
        receipt = archive.new_id()
        await exam.put(f"/receipts/{receipt}", body=body)
        sites.append(await _line_that_fails(exam, "GET", f"{receipt}/lines"))
    return sites[1] if sites[0] is None else None


# --- whatever the schedule ------------------------------------------------------------

# What else may stand in a line: none of it ends one.
_INNER = ("\r", "\x0b", "\x0c", "\x85", "\u2028", " ", "\t", "")


@dataclass(frozen=True)
class Piece:
    """A part of a receipt: so long after the beginning of its `PUT` (s) it comes."""

    after: float
    size: int


@dataclass(frozen=True)
class Upload:
    """A `PUT` of a slow client.

    Attributes:
        breaks: so long after its beginning it breaks off.
        cancelled: not by its client, but by the server.
    """

    at: float
    receipt: str
    pieces: tuple[Piece, ...]
    breaks: float | None = None
    cancelled: bool = False

    def __post_init__(self) -> None:
        times = [piece.after for piece in self.pieces]
        if not times or times != sorted(times):
            raise ValueError("a receipt comes in its order")
        if self.breaks is not None and self.breaks >= times[-1]:
            raise ValueError("it breaks off before it has come")

    def moments(self) -> Iterator[float]:
        yield self.at
        for piece in self.pieces:
            yield self.at + piece.after
        if self.breaks is not None:
            yield self.at + self.breaks

    def ask(self, body: bytes) -> Ask:
        pieces, begin = [], 0
        for piece in self.pieces:
            pieces.append((piece.after, body[begin : begin + piece.size]))
            begin += piece.size
        return Ask(
            "PUT",
            f"/receipts/{self.receipt}",
            self.at,
            pieces=tuple(pieces),
            leaves=None if self.cancelled else self.breaks,
            cancelled=self.breaks if self.cancelled else None,
        )


@dataclass(frozen=True)
class Reading:
    """A `GET`: of the whole receipt, or of so many lines from `start` on."""

    at: float
    receipt: str
    start: int | None = None
    count: int = 10

    def ask(self) -> Ask:
        window = f"/lines?start={self.start}&count={self.count}"
        tail = "" if self.start is None else window
        return Ask("GET", f"/receipts/{self.receipt}{tail}", self.at)


@dataclass(frozen=True)
class Day:
    """What comes and is read on a day.

    What happens to files within one instant has no order: whatever stores something
    has a moment of its own.
    """

    uploads: tuple[Upload, ...]
    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        moments = [moment for one in self.uploads for moment in one.moments()]
        moments += {one.at for one in self.readings}
        if len(set(moments)) < len(moments):
            raise ValueError("two things happen to files at one moment")


def days(draw: Random) -> Day:
    name = f"{draw.choice(('till', 'Kasse', 'c'))}-{draw.randrange(10**6)}"
    # Two names that are not the same.
    receipts = name, name.swapcase()
    while True:
        with contextlib.suppress(ValueError):
            uploads = [_upload(draw, receipts) for _ in range(draw.randint(1, 4))]
            at = [seconds(draw, 6) for _ in range(3)]
            readings = [_reading(draw, at, receipts) for _ in range(draw.randint(1, 6))]
            return Day(tuple(uploads), tuple(readings))


def _upload(draw: Random, receipts: tuple[str, str]) -> Upload:
    times = sorted(seconds(draw, 4) for _ in range(draw.randint(1, 4)))
    sizes = [draw.choice((0, draw.randrange(1, 500), draw.randrange(1, 90_000)))]
    sizes += [draw.randrange(1, 2_000) for _ in times[1:]]
    breaks = seconds(draw, times[-1]) if draw.random() < 0.3 and times[-1] else None
    return Upload(
        seconds(draw, 2),
        draw.choice(receipts),
        tuple(map(Piece, times, sizes)),
        breaks,
        draw.random() < 0.5,
    )


def _reading(draw: Random, at: list[float], receipts: tuple[str, str]) -> Reading:
    start = draw.choice((None, draw.randrange(12)))
    return Reading(draw.choice(at), draw.choice(receipts), start, draw.randint(1, 12))


def _some_text(draw: Random, size: int) -> bytes:
    """So many bytes of a receipt: lines that are UTF-8, and end."""
    text = "\n".join(
        f"{draw.choice(_INNER)}{draw.choice(_GOODS)}{draw.choice(_INNER)}"
        f"{draw.randrange(1_000_000)}{draw.choice(_INNER)}"
        for _ in range(size // 12 + 1)
    )
    whole = text.encode()[: max(0, size - 1)].decode(errors="ignore").encode()
    return (whole.ljust(size - 1, b".") + b"\n")[:size] if size else b""


@every_schedule(
    "resources",
    points=2,
    hint="What do two requests share in your module or in the archive, while one of "
    "them waits for its client?",
    plans=days,
    stops=True,
)
async def test_every_receipt_is_its_own_at_any_time(
    exam: Exam, plan: Day
) -> Observation:
    """Whoever sends, reads or goes away when, every receipt is whole and its own"""
    archive = Receipts(exam)
    before = archive.look()
    bodies = [
        _some_text(exam.random, sum(piece.size for piece in one.pieces))
        for one in plan.uploads
    ]

    def named(body: bytes) -> str:
        if body not in bodies:
            return "none that was sent, or not the whole of it"
        return f"as request {bodies.index(body) + 1} has sent it"

    def view(ask: Ask, reply: Reply) -> Any:
        if reply.status >= 400:
            return None
        whole = ask.method == "GET" and "/lines" not in ask.target
        return {"receipt": named(reply.body)} if whole else exam.json_of(reply)

    def state() -> dict[str, Any]:
        after = archive.look()
        changed = [body for name, body in after.items() if before.get(name) != body]
        return {
            "number of new files": len(changed),
            "receipts": sorted(named(body) for body in changed),
        }

    asks = [one.ask(body) for one, body in zip(plan.uploads, bodies, strict=True)]
    asks += [one.ask() for one in plan.readings]
    return await exam.carry_out(asks, view=view, state=state)

"""Lines of the learner's that are to blame for what is in the archive.

Files are used in threads, where nobody sees who does it. But a line that meets an
obstacle raises, and so it is named. These are asked when a check has failed: what
they leave of the archive does not matter any more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from graders.proctor import Deadlock, Exam, Site, first_site
from graders.suites.files_off_the_loop.world import PIECE, Receipts


async def line_that_waits(exam: Exam, archive: Receipts) -> Site | None:
    """The line at which a `PUT` waits for its client."""
    exchange = await archive.begun(archive.new_id(), archive.some_bytes(PIECE))
    try:
        await exchange.returns()
    except Deadlock as exc:
        for waiting in exc.pending:
            if waiting.run == exchange.run and waiting.site is not None:
                return waiting.site
    return exam.endpoint(exchange.run)


async def line_that_opens(exam: Exam, archive: Receipts) -> Site | None:
    """The line at which a `PUT` opens its file: without an archive it cannot."""
    archive.folder.rename(exam.folder / "elsewhere")
    return await line_that_fails(exam, "PUT", archive.new_id()) or storing(exam)


async def line_that_chooses(exam: Exam, archive: Receipts) -> Site | None:
    """The line that says in which file a `PUT` writes."""
    opening = await line_that_opens(exam, archive)
    return [*exam.code.beside(opening, exam.code.mentions("ARCHIVE")), opening][0]


async def line_that_names(exam: Exam, archive: Receipts) -> Site | None:
    """The first line of a `PUT` that does something to the receipt's own file."""
    # A link to itself stops who opens it, a folder who replaces or removes it.
    for obstruct in (lambda place: place.symlink_to(place), Path.mkdir):
        receipt = await obstructed(exam, archive, obstruct)
        site = await line_that_fails(exam, "PUT", receipt)
        if site is not None:
            return site
    return storing(exam)


async def line_that_fails(exam: Exam, method: str, target: str) -> Site | None:
    """The line of an endpoint that raises, in the background as well."""
    body = b"a line\n" if method == "PUT" else None
    exchange = exam.start(method, f"/receipts/{target}", body=body)
    await exam.settle()
    return exchange.failure.site if exchange.failure is not None else None


async def obstructed(
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


def storing(exam: Exam) -> Site | None:
    """The endpoint that stores receipts."""
    asked = exam.driver.exchanges.values()
    puts = [exam.endpoint(one.run) for one in asked if one.scope.get("method") == "PUT"]
    puts += [route.site for route in exam.routes if "PUT" in route.methods]
    return first_site(puts)

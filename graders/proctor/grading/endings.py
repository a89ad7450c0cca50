"""Findings for what can go wrong in any check: not loaded, deadlocked, ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from graders.proctor.checks.check import Check
from graders.proctor.driver.asgi_rules import ProtocolError
from graders.proctor.driver.lifespan import LifespanFailed
from graders.proctor.hosts.ends import HostEnded
from graders.proctor.hosts.turns import Deadlock
from graders.proctor.submission.newer_syntax import GRADED_WITH, newer_syntax
from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import Finding, Wait
from graders.proctor.verdict.known_errors import excerpt, known_error, known_text
from graders.proctor.world.calls import CallRecord
from graders.wire import LoadFailed, Pending, Site

NOT_LOADED, TAMPERED = "not loaded", "tampered"

# Of a crowd of tasks that wait, the first say enough.
_MOST_WAITS = 6
_OFF_THE_LOOP = (
    "Await an asynchronous call instead, or move this one to a thread: a plain `def` "
    "endpoint or asyncio.to_thread."
)
_MISSING = re.compile(r"No module named '(\w+)")
_PYTHON = "Python {}.{}".format(*GRADED_WITH)
_MEND = f"Mend the syntax; nothing can be checked before {_PYTHON} reads it."


def _at(submission: Submission, site: Site | None) -> str:
    return submission.line(site.line) if site is not None else ""


def not_loaded_finding(failed: LoadFailed, submission: Submission) -> Finding:
    """Why the submission cannot be imported, in one line."""
    file = submission.label
    site = failed.site
    where = f"{file}:{site.line}" if site else file
    match failed.reason:
        case "syntax":
            line = _at(submission, site)
            newer = newer_syntax(submission.source, site.line) if site else None
            saw = f"{where}: {newer or failed.text}" + (f" `{line}`" if line else "")
            advice = newer.instead if newer else _MEND
        case "no app":
            found = f"; found one named `{failed.text}`" if failed.text else ""
            saw = f"{file} has no application named `app`{found}"
            advice = "Call it `app = FastAPI()`."
        case "import":
            saw = f"{where}: {failed.text}"
            advice = _one_file(failed.text, submission) or (
                "Use what the brief names: FastAPI, httpx, SQLAlchemy and the "
                f"standard library of {_PYTHON}."
            )
        case "ended":
            saw = f"{where} ends the program while it is imported ({failed.text})"
            advice = 'Put it under `if __name__ == "__main__":`, or leave it out.'
        case _:
            saw = f"{where} raised while it was imported: {failed.text}"
            advice = _advice(failed.text)
    return Finding(f"{file} can be imported", saw, advice, site, _at(submission, site))


def _one_file(text: str, submission: Submission) -> str:
    """What to try when the import of an own module fails; nothing for another one."""
    file = submission.label
    into = f"only {file} is graded. Put what you need of it into {file}."
    missing, is_relative = _MISSING.search(text), "relative import" in text
    for name in submission.beside:
        if is_relative or (missing and re.split(r"[./]", name)[0] == missing[1]):
            return f"{name} lies beside {file} and is not used: {into}"
    return f"{file} is no part of a package: {into}" if is_relative else ""


def not_loaded_status(failed: LoadFailed) -> str:
    """The verdict: "not loaded", or "out of memory" where that is why."""
    return "out of memory" if _error(failed.text) == "MemoryError" else NOT_LOADED


def _error(text: str) -> str:
    return text.partition(":")[0]


def _advice(text: str) -> str:
    """What to try when the import of a submission raised this."""
    if _error(text) in ("PermissionError", "BlockingIOError"):
        return (
            "A submission starts no programs, uses no network but the kata's, and "
            "writes only in its own folder."
        )
    if _error(text) == "MemoryError":
        return "Keep less in memory: a kata needs a few megabytes."
    if _error(text) == "RuntimeError" and "event loop" in text:
        return (
            "Start no server and no event loop while the module is imported: the "
            "grader serves `app`."
        )
    known = known_text(text)
    if known is not None:
        return known.advice
    return "Run `python app.py` to see it; import must succeed first."


def ended_finding(
    exc: HostEnded | Deadlock, submission: Submission, when: str
) -> Finding:
    """The submission's process ended or had to be stopped."""
    if isinstance(exc, Deadlock):
        blocked = exc.blocked
        site = blocked.site if blocked else None
        what = blocked.what if blocked else "something"
        saw = f"{what} waited for ever {when}"
        return Finding("it goes on", saw, "", site, _at(submission, site))
    site = exc.site
    where = f" at {site.file}:{site.line}" if site else ""
    if exc.advice:
        advice = exc.advice
    elif exc.verdict == TAMPERED:
        advice = "Leave descriptors alone that you have not opened."
    else:
        advice = "Look for an endless loop, or for a call that ends the process."
    return Finding(
        "your program runs until it is asked to stop",
        f"{exc.text.removesuffix('.')}{where} {when}.",
        advice,
        site,
        _at(submission, site),
        no_site="" if site else "the process was gone",
    )


def deadlock_finding(
    exc: Deadlock,
    submission: Submission,
    check: Check,
    calls: Iterable[CallRecord] = (),
) -> Finding:
    """Nothing could happen any more while the check still waited.

    Args:
        calls: all that have arrived. Those that wait at a gate of the exam's are no
            deadlock of the learner's.
    """
    if exc.blocked is not None:
        site = exc.blocked.site
        return Finding(
            "the event loop stays free for other requests",
            f"{exc.blocked.what} held the event loop up, and nothing else could run",
            check.hint if check.category == "blocking" else _OFF_THE_LOOP,
            site,
            _at(submission, site),
            no_site="" if site else "the call was not made by a line of yours",
        )
    parked = [call for call in calls if call.parked]
    held = {site for call in parked for site in call.lines}
    waiting = _each_once(
        item for item in exc.pending if item.site is not None and item.site not in held
    )
    if parked and not waiting:
        return _held_finding(exc, submission, check, parked)
    if not waiting:
        return Finding(
            "an answer",
            "nothing in your program was waiting or working any more",
            check.hint,
            no_site="no task of yours was left",
        )
    site = waiting[-1].site
    assert site is not None
    waits = [
        Wait(item.waits_for, item.site, submission.line(item.site.line))
        for item in waiting[:_MOST_WAITS]
        if item.site is not None
    ]
    for_what = waiting[-1].waits_for
    if exc.endless:
        saw = f"none within two hours: {site.file}:{site.line} goes on and on"
    else:
        saw = f"a deadlock: {site.file}:{site.line} waits for ever"
    if for_what and not exc.endless:
        saw += f" ({for_what})"
    return Finding(
        "an answer",
        saw,
        check.hint,
        site,
        _at(submission, site),
        # Who goes on and on waits for nobody, and one who waits is told already.
        waits=waits if len(waits) > 1 and not exc.endless else [],
    )


def _held_finding(
    exc: Deadlock, submission: Submission, check: Check, parked: Sequence[CallRecord]
) -> Finding:
    """All that waits is held by the exam, which waits for something else."""
    if exc.wanted is not None:
        count, name, seen = exc.wanted
        call = parked[-1]
        expected, saw = f"{count} calls of {name} in flight at once", f"{seen}"
    else:
        call = next((one for one in parked if one.run in exc.awaited), parked[-1])
        expected = f"an answer while {call.name} is kept waiting"
        saw = f"none: this request waits for {call.name}, too"
    return Finding(
        expected,
        saw,
        check.hint,
        call.site,
        _at(submission, call.site),
        no_site="" if call.site else "it was called by no line of yours",
    )


def _each_once(pending: Iterable[Pending]) -> list[Pending]:
    """Who waits, one for each line and what it waits for.

    A task that a library has started for a line says nothing that the line itself, if
    it waits, does not say better.
    """
    known: dict[tuple[Site | None, str], Pending] = {}
    for item in pending:
        known.setdefault((item.site, item.waits_for), item)
    named = {(site.file, site.line) for site, what in known if site and what}
    return [
        item
        for (site, what), item in known.items()
        if what or site is None or (site.file, site.line) not in named
    ]


def lifespan_finding(exc: LifespanFailed, submission: Submission) -> Finding:
    """Start-up or shutdown went wrong."""
    failure = exc.failure
    first = (failure.first or failure) if failure else None
    site = first.site if first else None
    known = known_error(failure) if failure else None
    what = f"{first.error}: {excerpt(first.text, first.error)}" if first else ""
    noun = "starts" if exc.phase == "startup" else "stops"
    return Finding(
        f"the application {noun}",
        f"{exc.phase} raised {what}" if what else f"{exc.phase} raised: it gave up",
        known.advice
        if known
        else "Run the application with `fastapi dev` and look at its first lines.",
        site,
        _at(submission, site),
        no_site="" if site else "the error was not raised by a line of yours",
    )


def protocol_finding(
    exc: ProtocolError, submission: Submission, check: Check, site: Site | None
) -> Finding:
    """An application broke the rules of ASGI.

    Args:
        site: the line that answers the request of which it did.
    """
    return Finding(
        "a response as ASGI has it",
        str(exc),
        check.hint,
        site,
        _at(submission, site),
        no_site="" if site else "no line of yours sends it",
    )

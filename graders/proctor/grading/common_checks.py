"""What every kata demands beyond its own checks, judged over all of its exams.

Evidence is gathered while the kata's own checks run. One mistake is told once, however
many exams it appears in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import BLOCKED, Bar, Finding
from graders.wire import Evidence

# Findings of one demand; who makes more mistakes of a kind reads these first.
_MOST = 20

_AWAIT_THE_THREAD = (
    "The work has its thread, but the event loop stands still until it is done: wait "
    "for it with `await`."
)
_AWAIT_A_PAUSE = (
    "Nobody else runs while this line waits. Wait with something that can be awaited."
)
# What to try where a thread would be no help.
_INSTEAD = {
    "concurrent.futures.Executor.__exit__": _AWAIT_THE_THREAD,
    "concurrent.futures.Future.result": _AWAIT_THE_THREAD,
    "threading.Thread.join": _AWAIT_THE_THREAD,
    "time.sleep": _AWAIT_A_PAUSE,
    "a loop that watches the clock": _AWAIT_A_PAUSE,
}


@dataclass(frozen=True)
class CommonCheck:
    """A demand of every kata: evidence of these kinds fails it.

    Attributes:
        kinds: kind of evidence -> (what was seen, what to try); `{}` is the detail.
    """

    name: str
    title: str
    category: str
    kinds: dict[str, tuple[str, str]]
    points: int = 1
    # Nothing stops the event loop of an application that does nothing.
    guard: bool = True

    def findings(
        self, evidence: Iterable[tuple[Evidence, list[Bar]]], submission: Submission
    ) -> list[Finding]:
        """What the evidence says, each thing once.

        Args:
            evidence: each with the picture of what the event loop was held up in, if it
                was, in the exam that it comes from.
        """
        found: dict[tuple[str, str, object], Finding] = {}
        for item, picture in evidence:
            if item.kind not in self.kinds:
                continue
            # One line that leaves connections to many hosts open is one mistake.
            many = item.kind == "upstream connection left open"
            detail = "" if many else _stable(item.detail)
            key = (item.kind, detail, item.site)
            if key in found or len(found) >= _MOST:
                continue
            saw, advice = self.kinds[item.kind]
            advice = _INSTEAD.get(item.detail, advice)
            found[key] = Finding(
                self.title[0].lower() + self.title[1:],
                saw.format(_named(item.detail)),
                advice,
                item.site,
                submission.line(item.site.line) if item.site else "",
                # Once: the next ones would show the same.
                picture if not found and _is_of(picture, item) else [],
                no_site="" if item.site else "it happened outside your own code",
            )
        return list(found.values())


def _named(detail: str) -> str:
    """The detail as a learner may know it: no function within a library's function."""
    return "something in this line" if "<locals>" in detail else detail


def _is_of(picture: list[Bar], item: Evidence) -> bool:
    """Whether a picture shows what the evidence says."""
    return any(bar.outcome == BLOCKED and bar.name == item.detail for bar in picture)


def _stable(detail: str) -> str:
    """A detail without the numbers that differ from exam to exam (Task-7)."""
    return detail.rstrip("0123456789")


COMMON_CHECKS = (
    CommonCheck(
        "nothing_stops_the_event_loop",
        "Nothing stops the event loop",
        "blocking",
        {
            "blocked": (
                "{} held it up",
                "Await an asynchronous call instead, or move this one to a thread: a "
                "plain `def` endpoint or asyncio.to_thread.",
            ),
            "computing": (
                "{} computed on it",
                "Move long computing to a thread: a plain `def` endpoint or "
                "asyncio.to_thread.",
            ),
        },
    ),
    CommonCheck(
        "every_coroutine_is_awaited",
        "Every coroutine is awaited, and every error is looked at",
        "awaits",
        {
            "never awaited": (
                "{} was called and never awaited",
                "Calling an async function only makes a coroutine: await it.",
            ),
            "error never retrieved": (
                "a task ended with {} and nobody looked at it",
                "Await every task that you start, or cancel it and await that.",
            ),
            "task destroyed": (
                "a task was thrown away while it still waited",
                "Keep a reference to every task that you start, and await it.",
            ),
            "unraisable": (
                "{} was raised where nobody could catch it",
                "Look at what this line does when an object is thrown away.",
            ),
            "unhandled": (
                "{} reached the event loop's exception handler",
                "Catch it where it happens.",
            ),
        },
    ),
    CommonCheck(
        "nothing_is_left_behind",
        "Nothing is left behind when the service has stopped",
        "resources",
        {
            "task left": (
                "the task {} was still running",
                "Await or cancel what you start before you let go of it.",
            ),
            "executor left open": (
                "the {} made here still had its threads",
                "Give it a lifetime: `with`, or make it and shut it down in lifespan.",
            ),
            "thread left": (
                "the thread {} was still running",
                "Let it come to an end when the service stops, and wait for that.",
            ),
            "client left open": (
                "the {} opened here was never closed",
                "Give it a lifetime: `async with`, or open and close it in lifespan.",
            ),
            "session left open": (
                "a session was never closed",
                "Give it a lifetime: `async with` around every session.",
            ),
            "connection left out": (
                "a connection never went back to the pool",
                "Close every session, also when an error passes through.",
            ),
            "connection left open": (
                "connections of the engine were still open after the service's end",
                "Dispose of the engine when the service stops.",
            ),
            "upstream connection left open": (
                "a connection to {} was still open",
                "Close the client that opened it.",
            ),
        },
    ),
)

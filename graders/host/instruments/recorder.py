"""Where in the learner's code something happened, and the record of what was seen.

Recording must be cheap and must not do I/O: file and line are taken at once, words are
made later, on the other side.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from types import AsyncGeneratorType, CodeType, FrameType, TracebackType
from typing import Any

from graders.host.clock.current import current_run, handed_by
from graders.wire import Evidence, FromHost, Site, Statements, Trace
from graders.wire.words import EvidenceKind, TraceKind

# What `anext`, `athrow` and `aclose` of an asynchronous generator return.
_STEPS = ("async_generator_asend", "async_generator_athrow")

# A submission that does the same wrong thing a thousand times is told once.
_MAX_SAME = 3
# Of each kind by itself: who does much of what costs nothing hides nothing by it.
_MAX_OF_A_KIND = 500


class Sites:
    """Knows which frames are the learner's.

    Attributes:
        labels: file name in the code objects -> file name as feedback shows it.
        known: file names of the learner's and the given modules.
        statements: where those of the submission stand.
    """

    def __init__(self) -> None:
        self.statements = Statements()
        self.labels: dict[str, str] = {}
        self.known: set[str] = set()

    def at(self, code: CodeType, line: int | None) -> Site | None:
        label = self.labels.get(code.co_filename)
        if label is None or line is None:
            return None
        return Site(label, line, code.co_qualname)

    def standing(self, frame: FrameType) -> Site | None:
        """Where a frame stands, if its code is the learner's."""
        # Asked first, because to find the line takes much longer.
        if frame.f_code.co_filename not in self.labels:
            return None
        return self.at(frame.f_code, frame.f_lineno)

    def of_frame(self, frame: FrameType | None) -> Site | None:
        """The innermost learner's line among this frame and its callers."""
        return self.with_callee(frame)[0]

    def with_callee(
        self, frame: FrameType | None
    ) -> tuple[Site | None, FrameType | None]:
        """The innermost learner's line, and the frame of what that line called."""
        callee, labels = None, self.labels
        while frame is not None:
            # Here, because it is asked of many frames and seldom so.
            if frame.f_code.co_filename in labels:
                site = self.standing(frame)
                if site is not None:
                    return site, callee
            callee, frame = frame, frame.f_back
        return None, None

    def lines(self, frame: FrameType | None) -> list[Site]:
        """The learner's lines among this frame and its callers, innermost first."""
        found, labels = [], self.labels
        while frame is not None:
            if frame.f_code.co_filename in labels:
                site = self.standing(frame)
                if site is not None:
                    found.append(site)
            frame = frame.f_back
        return found

    def of_traceback(self, traceback: TracebackType | None) -> Site | None:
        """The innermost learner's line that an exception passed."""
        found = None
        while traceback is not None:
            site = self.at(traceback.tb_frame.f_code, traceback.tb_lineno)
            found = site or found
            traceback = traceback.tb_next
        return found

    def of_exception(self, exc: BaseException) -> Site | None:
        """As `of_traceback`, looking also into groups and at the causes."""
        seen: set[int] = set()
        pending = [exc]
        while pending:
            one = pending.pop(0)
            if id(one) in seen:
                continue
            seen.add(id(one))
            site = self.of_traceback(one.__traceback__)
            if site is not None:
                return site
            if isinstance(one, BaseExceptionGroup):
                pending.extend(one.exceptions)
            if one.__cause__ is not None:
                pending.append(one.__cause__)
        return None

    def raised_by_learner(self, exc: BaseException) -> bool:
        """Whether a line of the learner's raised it, and not what that line called."""
        last = raising(exc)
        return last is not None and last.tb_frame.f_code.co_filename in self.labels

    def of_task(self, task: asyncio.Task[Any] | None) -> Site | None:
        """The innermost learner's line that made the coroutine of a task, if any."""
        return self.of_coroutine(task.get_coro()) if task is not None else None

    def of_coroutine(self, coro: Any) -> Site | None:
        """The innermost learner's line that made a coroutine."""
        for filename, line, function in getattr(coro, "cr_origin", None) or ():
            if filename in self.labels:
                return Site(self.labels[filename], line, function)
        return None

    def of_maker(self, coro: Any) -> Site | None:
        """The learner's line that made a coroutine, unless a given module made it."""
        for filename, line, function in getattr(coro, "cr_origin", None) or ():
            if filename in self.known:
                label = self.labels.get(filename)
                return Site(label, line, function) if label is not None else None
        return None


def raising(exc: BaseException) -> TracebackType | None:
    """The step of an exception's traceback that raised it; None before it was."""
    last = exc.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last


def frames_of(coro: Any) -> Iterator[FrameType]:
    """The frames of a suspended coroutine, and of what it awaits, outermost first."""
    while coro is not None:
        frame = getattr(coro, "cr_frame", None) or getattr(coro, "ag_frame", None)
        if frame is not None:
            yield frame
        awaited = getattr(coro, "cr_await", None) or getattr(coro, "ag_await", None)
        coro = awaited or _generator_behind(coro)


def _generator_behind(step: Any) -> Any:
    """The asynchronous generator that `anext()` waits for, as lifespans are run."""
    if type(step).__name__ not in _STEPS:
        return None
    held = gc.get_referents(step)
    return next((one for one in held if isinstance(one, AsyncGeneratorType)), None)


def one_line(text: str, longest: int = 500) -> str:
    """A name or text of the submission's, so that it can be sent and shown."""
    return " ".join(text.split())[:longest].encode("utf-8", "replace").decode()


class Recorder:
    """Turns observations into messages.

    Args:
        sites: knows the learner's files.
        now: the virtual time in nanoseconds.
        post: sends a message with the end of the turn.

    Attributes:
        sites, now, post: the same, for other instruments.
    """

    def __init__(
        self,
        sites: Sites,
        now: Callable[[], int],
        post: Callable[[FromHost], None],
    ) -> None:
        self.sites = sites
        self.now = now
        self.post = post
        self._same: dict[tuple[str, str, Site | None], int] = {}
        self._told: Counter[EvidenceKind] = Counter()

    def here(self) -> Site | None:
        """The learner's line that is being executed by this thread."""
        return self.sites.of_frame(sys._getframe(1))

    def lines(self) -> list[Site]:
        """The learner's lines that led here, innermost first.

        Where a task is running, that which made its coroutine (if none of its own is
        the learner's) and those that made the task, and the task that made it, come
        after its own; then those that handed the work to a thread or a background task.
        """
        lines: list[Site | None] = [*self.sites.lines(sys._getframe(1))]
        if asyncio._get_running_loop() is not None:
            task = asyncio.current_task()
            if not lines:
                lines.append(self.sites.of_task(task))
            lines += getattr(task, "exam_lines", ())
        lines += handed_by.get()
        return [site for site in lines if site is not None]

    def record(
        self,
        kind: EvidenceKind,
        detail: str,
        site: Site | None = None,
        *,
        run: int | None = None,
    ) -> None:
        """Report evidence; the same kind, detail and line is reported three times."""
        detail = one_line(detail)
        key = (kind, detail, site)
        self._same[key] = self._same.get(key, 0) + 1
        if self._same[key] > _MAX_SAME or self._told[kind] >= _MAX_OF_A_KIND:
            return
        self._told[kind] += 1
        run = current_run.get() if run is None else run
        self.post(Evidence(kind, detail, self.now(), site, run))

    def trace(
        self, what: TraceKind, key: int, site: Site | None = None, detail: str = ""
    ) -> None:
        """Report a step in the life of a session, connection or client."""
        self.post(Trace(what, key, self.now(), site, current_run.get(), detail))

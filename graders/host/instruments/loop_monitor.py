"""When the instruments look: on the loop's thread, in a callback, during requests."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
from collections.abc import Callable, Iterator
from types import FrameType

from graders.host.clock.locks import current_step
from graders.host.clock.lockstep import LockStep
from graders.host.instruments.answer_lines import AnswerLines
from graders.host.instruments.call_names import whereabouts
from graders.host.instruments.recorder import Recorder
from graders.wire import Blocked, Site
from graders.wire.words import EvidenceKind


class LoopMonitor:
    """Says when the loop is being watched.

    Args:
        step: knows the loop's thread and whether it rests.
        recorder: receives the evidence.
        is_serving: whether requests are being served.
        answers: the lines that made the answers.
        loop: the loop of the submission.

    Attributes:
        inside: whether callbacks run.
        turn: the number of this round of callbacks.
    """

    def __init__(
        self,
        step: LockStep,
        recorder: Recorder,
        is_serving: Callable[[], bool],
        answers: AnswerLines,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.step = step
        self.recorder = recorder
        self.loop = loop
        self.inside = False
        self.turn = 0
        self._is_serving = is_serving
        self._answers = answers
        self._announcing = False

    @property
    def serving(self) -> bool:
        return self._is_serving()

    @property
    def loop_runs(self) -> bool:
        """Whether a callback runs, and holds nothing up that is known already."""
        step = self.step
        return (
            self.inside
            and not step.resting
            and not step.held_up
            and not self._announcing
            and self._is_serving()
        )

    @property
    def on(self) -> bool:
        """Whether the caller is such a callback."""
        return self.loop_runs and _thread.get_ident() == self.step.loop_thread

    @property
    def waits(self) -> bool:
        """Whether the caller is a callback, or a thread, that waits on our clock."""
        step = self.step
        if current_step() is None:
            return False
        if not step.on_loop_thread():
            return step.counts()
        idle = step.resting or step.held_up or self._announcing
        return self.inside and not idle

    def announce(
        self, kind: EvidenceKind, frame: FrameType | None, what: str = ""
    ) -> Blocked:
        """Record what a callback is doing.

        Args:
            kind: of the evidence.
            frame: the innermost frame of the loop's thread.
            what: as for `whereabouts`.

        Returns:
            The call, as the learner wrote it, and where.
        """
        site, name = whereabouts(self.recorder.sites, frame, what)
        call = Blocked(name or "a system call", site or self.site_of_task())
        if self._is_serving():
            self.recorder.record(kind, call.what, call.site)
        return call

    def answer(self, run: int | None) -> Site | None:
        """The line that made the answer to a request, if there is one by now."""
        return None if run is None else self._answers.site(run)

    def site_of_task(self) -> Site | None:
        """Where the current task's coroutine was made, if its own code is nobody's."""
        task = asyncio.current_task(self.loop)
        return self.recorder.sites.of_task(task)

    @contextlib.contextmanager
    def announced(
        self, kind: EvidenceKind, frame: FrameType | None, what: str
    ) -> Iterator[None]:
        """As `announce`; what the call does inside is part of it."""
        self.announce(kind, frame, what)
        self._announcing = True
        try:
            yield
        finally:
            self._announcing = False

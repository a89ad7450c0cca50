"""One check of one submission: a fresh host, the check's body, and what is left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

from graders.proctor.checks.check import Check, Suite
from graders.proctor.driver.driver import ProtocolError
from graders.proctor.driver.lifespan import LifespanFailed
from graders.proctor.exam.exam import Exam
from graders.proctor.exam.explanations import explained
from graders.proctor.exam.loading import NotLoaded, given_to_all
from graders.proctor.exam.surprises import Surprise
from graders.proctor.exam.timelines import bars
from graders.proctor.grading.common_checks import CommonCheck
from graders.proctor.grading.endings import (
    TAMPERED,
    deadlock_finding,
    ended_finding,
    lifespan_finding,
    not_loaded_finding,
    not_loaded_status,
    protocol_finding,
)
from graders.proctor.grading.options import Options
from graders.proctor.hosts.budget import Budget
from graders.proctor.hosts.ends import HostEnded, LauncherFailed, ZygoteGone
from graders.proctor.hosts.launcher import HostPlan, Launcher
from graders.proctor.hosts.link import Link
from graders.proctor.hosts.scratch import scratch_folder
from graders.proctor.hosts.turns import Deadlock, ExamLoop
from graders.proctor.katas.kata import Kata
from graders.proctor.schedules.search import Body
from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import Bar, CheckFailed, Finding
from graders.proctor.verdict.verdict import FAILED, PASSED, Result
from graders.wire import Evidence, Module

_Trouble: TypeAlias = Deadlock | HostEnded | LifespanFailed | ProtocolError
_HANGING = ("executor left open", "task left", "thread left")
# As many calls make the picture of a blocked loop.
_MOST_HELD_UP = 4


@dataclass
class Sitting:
    """What one check left for the verdict."""

    result: Result
    evidence: list[Evidence] = field(default_factory=list)
    picture: list[Bar] = field(default_factory=list)
    stopped: tuple[str, Finding] | None = None
    surprise: Surprise | None = None

    @property
    def holds(self) -> bool:
        """Whether the check has passed, and nothing else is left to be said of it."""
        settled = self.stopped is None and self.surprise is None
        return settled and self.result.outcome == PASSED


class Sittings:
    """Lets one submission sit checks, each in a host of its own.

    Args:
        kata, submission, launcher, options: as for `Grading`.
        suite: sets up the fake world.
        helper: a module to be loaded before the submission.

    Attributes:
        walls: what stood around the host of the last one.
    """

    def __init__(
        self,
        kata: Kata,
        submission: Submission,
        launcher: Launcher,
        options: Options,
        suite: Suite,
        helper: Module | None = None,
    ) -> None:
        self._helper = helper
        self._kata = kata
        self._given = given_to_all(kata)
        self._submission = submission
        self._launcher = launcher
        self._options = options
        self._suite = suite
        self.walls: list[str] = []
        self._killed: str | None = None
        self.begin_anew()

    def begin_anew(self) -> None:
        """From now on there is the whole budget again."""
        self._budget = Budget(self._options.budget)
        self._over: tuple[str, Finding] | None = None

    def sit(self, check: Check, body: Body | None = None) -> Sitting:
        """Run a check; once more where the process that starts hosts was ended.

        Args:
            body: instead of the check's own.

        Raises:
            ZygoteGone: it was ended both times.
        """
        sitting = self._sit_with_a_zygote(check, body or check.body)
        if self._killed == check.name:
            # Once in a grading: it may have been the machine, short of memory. Who
            # kills itself does so again.
            sitting = self._sit_with_a_zygote(check, body or check.body)
            self._killed = ""
        return sitting

    def _sit_with_a_zygote(self, check: Check, body: Body) -> Sitting:
        try:
            return self._sit(check, body)
        except ZygoteGone:
            return self._sit(check, body)

    def _sit(self, check: Check, body: Body) -> Sitting:
        if self._over is not None:
            return Sitting(made(check, FAILED), stopped=self._over)
        with scratch_folder() as folder:
            link = self._start_host(check, folder)
            with asyncio.Runner(
                loop_factory=lambda: ExamLoop(link, real=self._options.real_clock)
            ) as runner:
                return runner.run(self._examine(check, link, folder, body))

    def _start_host(self, check: Check, folder: Path) -> Link:
        standard = self._options.standard or _silence
        return self._launcher.start(
            HostPlan(
                standard(check.name),
                folder,
                self._options.patient,
                self._options.sandbox,
                self._kata.needs,
                self._given,
                self._options.cpu,
                budget=self._budget,
            )
        )

    async def _examine(
        self, check: Check, link: Link, folder: Path, body: Body
    ) -> Sitting:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ExamLoop)
        exam = Exam(
            self._kata,
            self._submission,
            link,
            loop,
            folder=folder,
            seed=f"{self._options.seed}/{self._kata.slug}/{check.name}",
            hint=check.hint,
            copy=check.copy,
            helper=self._helper,
        )
        try:
            sitting = await self._judge(check, exam, body)
        finally:
            exam.close()
            self.walls = link.walls
        if link.lost:
            raise ZygoteGone
        ended = link.ended
        if ended is not None and ended.verdict == TAMPERED and not sitting.stopped:
            when = "during a check"
            sitting.stopped = TAMPERED, ended_finding(ended, self._submission, when)
        if ended is not None and ended.killed and self._killed is None:
            self._killed = check.name
        if ended is not None and ended.final:
            if sitting.stopped is None:
                finding = ended_finding(ended, self._submission, "during a check")
                sitting.stopped = ended.verdict, finding
            self._over = sitting.stopped
        return sitting

    async def _judge(self, check: Check, exam: Exam, body: Body) -> Sitting:
        finding: Finding | None = None
        stuck = False
        try:
            await exam.load()
        except NotLoaded as exc:
            stopped = not_loaded_finding(exc.failed, self._submission)
            status = not_loaded_status(exc.failed)
            return Sitting(made(check, FAILED), stopped=(status, stopped))
        except (HostEnded, Deadlock) as exc:
            when = "while it was imported, before any check ran"
            stopped = ended_finding(exc, self._submission, when)
            verdict = exc.verdict if isinstance(exc, HostEnded) else "deadlocked"
            return Sitting(made(check, FAILED), stopped=(verdict, stopped))
        try:
            self._suite.world(exam)
            if check.lifespan and not self._kata.turns_the_tables:
                await exam.lifespan.start()
            await body(exam)
        except CheckFailed as exc:
            finding = exc.finding
        except (Deadlock, HostEnded, LifespanFailed, ProtocolError) as exc:
            finding = self._trouble(exc, check, exam)
            stuck = isinstance(exc, Deadlock)
        except LauncherFailed:
            raise
        except Exception as exc:
            exam.surprised(exc)
        surprise = next(iter(exam.surprises), None)
        late = await self._finish(exam, check)
        if surprise is None and finding is None:
            surprise = next(iter(exam.surprises), None)
        finding = finding or late
        outcome = PASSED if finding is None else FAILED
        findings = []
        if finding is not None:
            findings = [explained(finding, exam.evidence, self._submission)]
        evidence = exam.evidence
        if stuck:
            # What hangs has been told; that it is still there is no second fault.
            evidence = [item for item in evidence if item.kind not in _HANGING]
        result = made(check, outcome, findings)
        return Sitting(result, evidence, _picture(exam), surprise=surprise)

    async def _finish(self, exam: Exam, check: Check) -> Finding | None:
        """Shut down and inspect; what goes wrong here fails the check as well."""
        try:
            await exam.finish()
        except (Deadlock, HostEnded, LifespanFailed, ProtocolError) as exc:
            return self._trouble(exc, check, exam)
        except LauncherFailed:
            raise
        except Exception as exc:
            exam.surprised(exc)
        finally:
            exam.gather_leaks()
        return None

    def _trouble(self, exc: _Trouble, check: Check, exam: Exam) -> Finding:
        if isinstance(exc, Deadlock):
            return deadlock_finding(exc, self._submission, check, exam.calls)
        if isinstance(exc, LifespanFailed):
            return lifespan_finding(exc, self._submission)
        if isinstance(exc, HostEnded):
            return ended_finding(exc, self._submission, "during this check")
        site = exam.answer(exc.run) if exc.run is not None else None
        return protocol_finding(exc, self._submission, check, site)


def made(
    one: Check | CommonCheck,
    outcome: str,
    findings: Sequence[Finding] = (),
    *,
    error: str = "",
    withheld: bool = False,
) -> Result:
    """The result of a check."""
    return Result(
        one.name,
        one.title,
        one.category,
        one.points,
        outcome,
        list(findings),
        error,
        withheld=withheld,
    )


def _picture(exam: Exam) -> list[Bar]:
    """What held the event loop up first, with a few of the calls that it held up."""
    if not exam.held_up:
        return []
    first = exam.held_up[0]
    calls = [
        call
        for call in exam.calls
        if call.began <= (first.ended or 0.0)
        and (call.ended is None or call.ended >= first.began)
    ]
    return bars(calls[:_MOST_HELD_UP], [first])


def _silence(check: str) -> tuple[int, int, int]:
    """Descriptors that lead nowhere."""
    return (_nowhere(),) * 3


@cache
def _nowhere() -> int:
    """Opened once for this process."""
    return os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)

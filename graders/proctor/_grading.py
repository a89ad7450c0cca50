"""Grades one submission: every check in a host of its own, then the verdict."""

from __future__ import annotations

import asyncio
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from graders.proctor._always import ALWAYS, Always
from graders.proctor._checks import Check, Suite, load_suite
from graders.proctor._clock import Deadlock, ExamLoop
from graders.proctor._driver import ProtocolError
from graders.proctor._exam import Exam, NotLoaded
from graders.proctor._expectations import bars
from graders.proctor._findings import Bar, CheckFailed, Finding
from graders.proctor._kata import Kata
from graders.proctor._launcher import HostPlan, Launcher
from graders.proctor._lifespan import LifespanFailed
from graders.proctor._link import HostEnded, LauncherFailed
from graders.proctor._provenance import provenance
from graders.proctor._reach import REFUSE, forbidden, reach_notes
from graders.proctor._submission import Submission
from graders.proctor._troubles import (
    NOT_LOADED,
    TAMPERED,
    deadlock_finding,
    ended_finding,
    lifespan_finding,
    not_loaded_finding,
    not_loaded_status,
)
from graders.proctor._verdict import FAILED, GRADER_ERROR, PASSED, Result, Verdict
from graders.proctor._walls import AUTO
from graders.proctor._watch import CPU
from graders.wire import Evidence

DEFAULT_SEED = "1"


@dataclass
class Options:
    """How to grade.

    Attributes:
        seed: data and delays are drawn from it.
        real_clock: let real time pass while the clock moves.
        standard: for the name of a check, the descriptors that the submission gets as
            input, output and error.
        patient: never stop a silent submission (a debugger may be in use).
        sandbox: "auto" for the walls that this machine offers, "full" to grade behind
            all of them or not at all, "none" for no walls.
        cpu: seconds of computing that one turn of a submission may take.
        reach: "refuse" not to run a submission whose text reaches for objects of the
            grader's, "note" only to say so.
    """

    seed: str = DEFAULT_SEED
    real_clock: bool = False
    standard: Callable[[str], tuple[int, int, int]] | None = None
    patient: bool = False
    sandbox: str = AUTO
    cpu: float = CPU
    reach: str = REFUSE


# Why a guard that has held earns nothing, where that is all that the submission does.
_NOTHING_YET = Finding(
    "another check passes first",
    "none has passed yet",
    "A program that does nothing passes this check as well: it counts once another one "
    "passes.",
    no_site="see the other checks",
)
# As many calls make the picture of a blocked loop.
_MOST_HELD_UP = 4


@dataclass
class _Sitting:
    """What one check left for the verdict."""

    result: Result
    evidence: list[Evidence] = field(default_factory=list)
    picture: list[Bar] = field(default_factory=list)
    stopped: tuple[str, Finding] | None = None


class Grading:
    """Grades one submission. Checks run when they are asked for, and once.

    Args:
        kata: what is graded.
        submission: who is graded.
        launcher: makes hosts.
        suite: instead of the kata's own.
    """

    def __init__(
        self,
        kata: Kata,
        submission: Submission,
        launcher: Launcher,
        options: Options | None = None,
        *,
        suite: Suite | None = None,
    ) -> None:
        self.kata = kata
        self.submission = submission
        self.suite = suite or load_suite(kata)
        self._launcher = launcher
        self._options = options or Options()
        self._sittings: dict[str, _Sitting] = {}
        refused = forbidden(submission) if self._options.reach == REFUSE else None
        self.stopped: tuple[str, Finding] | None = None
        if refused is not None:
            self.stopped = NOT_LOADED, refused
        self._walls: list[str] = []
        self._duration = 0.0

    @property
    def checks(self) -> list[Check | Always]:
        """The kata's own checks, then what every kata demands."""
        return [*self.suite.checks, *ALWAYS]

    def result(self, one: Check | Always, *, hasty: bool = False) -> Result:
        """The outcome of one check.

        Args:
            hasty: whether a demand of every kata is content with the first of the
                kata's checks that shows it failing; its findings are those of that
                check.
        """
        result = self._judged(one, hasty=hasty)
        if not one.guard or result.outcome != PASSED or self._has_earned():
            return result
        if self.stopped is not None:
            return self._not_run(one)
        return Result(
            one.name,
            one.title,
            one.category,
            one.points,
            FAILED,
            [_NOTHING_YET],
            withheld=True,
        )

    def _has_earned(self) -> bool:
        """Whether a check has passed that a submission which does nothing fails."""
        return any(
            self._sitting(own).result.outcome == PASSED
            for own in self.suite.checks
            if not own.guard
        )

    def _judged(self, one: Check | Always, *, hasty: bool) -> Result:
        """The outcome of one check by itself, whatever came of the others."""
        if isinstance(one, Check):
            return self._sitting(one).result
        evidence: list[tuple[Evidence, list[Bar]]] = []
        for own in self.suite.checks:
            # What a broken copy of the service does is not the learner's doing.
            if own.copy:
                continue
            sitting = self._sitting(own)
            evidence += [(item, sitting.picture) for item in sitting.evidence]
            if hasty and one.findings(evidence, self.submission):
                break
        if self.stopped is not None:
            return self._not_run(one)
        findings = one.findings(evidence, self.submission)
        outcome = FAILED if findings else PASSED
        return Result(one.name, one.title, one.category, one.points, outcome, findings)

    def verdict(self) -> Verdict:
        """The outcome of the submission."""
        results = [self.result(one) for one in self.checks]
        made = partial(
            Verdict,
            self.kata.slug,
            seed=self._options.seed,
            results=results,
            notes=[
                *self.submission.notes,
                *reach_notes(self.submission.source, self.submission.label),
                *self._notes(),
            ],
            provenance=provenance(self.kata, self.submission, self._walls),
            duration=round(self._duration, 3),
        )
        if self.stopped is not None:
            status, finding = self.stopped
            if status == TAMPERED:
                # Whatever came before is worth nothing then; a person should look.
                results = [self._not_run(one) for one in self.checks]
            return made(status, results=results, reason=finding.saw, finding=finding)
        outcomes = {result.outcome for result in results}
        if GRADER_ERROR in outcomes:
            status = GRADER_ERROR
        else:
            status = PASSED if outcomes == {PASSED} else FAILED
        return made(status)

    def _notes(self) -> list[str]:
        """What a person should know of how it was graded."""
        for sitting in self._sittings.values():
            for item in sitting.evidence:
                if item.kind == "uncounted thread":
                    where = f"line {item.site.line}" if item.site else "a thread"
                    return [
                        f"{self.submission.label} sleeps in {where} where the exam's "
                        "clock cannot see it: its times may differ from run to run."
                    ]
        return []

    def _sitting(self, check: Check) -> _Sitting:
        if check.name not in self._sittings:
            if self.stopped is not None:
                return _Sitting(self._not_run(check))
            began = time.monotonic()
            sitting = self._sittings[check.name] = self._sit_or_wait(check)
            self._duration += time.monotonic() - began
            self.stopped = sitting.stopped
        return self._sittings[check.name]

    def _sit_or_wait(self, check: Check) -> _Sitting:
        needed = [one for one in self.suite.checks if one.name == check.needs]
        for one in needed:
            before = self._sitting(one)
            if before.stopped is None and before.result.outcome == FAILED:
                finding = Finding(
                    f"first: {one.title[0].lower()}{one.title[1:]}",
                    "that check failed",
                    one.hint,
                    no_site="see that check",
                )
                return _Sitting(self._made(check, FAILED, [finding]))
        return self._sit(check)

    def _not_run(self, one: Check | Always) -> Result:
        return Result(one.name, one.title, one.category, one.points, FAILED)

    def _sit(self, check: Check) -> _Sitting:
        with (
            tempfile.TemporaryDirectory(
                prefix="kata-", ignore_cleanup_errors=True
            ) as folder,
            asyncio.Runner(
                loop_factory=lambda: ExamLoop(real=self._options.real_clock)
            ) as runner,
        ):
            return runner.run(self._examine(check, Path(folder)))

    async def _examine(self, check: Check, folder: Path) -> _Sitting:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ExamLoop)
        standard = self._options.standard or _silence
        link = self._launcher.start(
            HostPlan(
                standard(check.name),
                folder,
                self._options.patient,
                self._options.sandbox,
                self.kata.needs,
                self._options.cpu,
            )
        )
        exam = Exam(
            self.kata,
            self.submission,
            link,
            loop,
            folder=folder,
            seed=f"{self._options.seed}/{self.kata.slug}/{check.name}",
            hint=check.hint,
            copy=check.copy,
        )
        try:
            sitting = await self._judge(check, exam)
        finally:
            exam.close()
            self._walls = link.walls
        ended = link.ended
        if ended is not None and ended.verdict == TAMPERED and not sitting.stopped:
            when = "during a check"
            sitting.stopped = TAMPERED, ended_finding(ended, self.submission, when)
        return sitting

    async def _judge(self, check: Check, exam: Exam) -> _Sitting:
        finding: Finding | None = None
        stuck = False
        try:
            await exam.load()
        except NotLoaded as exc:
            stopped = not_loaded_finding(exc.failed, self.submission)
            status = not_loaded_status(exc.failed)
            return _Sitting(self._not_run(check), stopped=(status, stopped))
        except (HostEnded, Deadlock) as exc:
            when = "while it was imported, before any check ran"
            stopped = ended_finding(exc, self.submission, when)
            verdict = exc.verdict if isinstance(exc, HostEnded) else "deadlocked"
            return _Sitting(self._not_run(check), stopped=(verdict, stopped))
        try:
            self.suite.world(exam)
            if check.lifespan and not self.kata.turns_the_tables:
                await exam.lifespan.start()
            await check.body(exam)
        except CheckFailed as exc:
            finding = exc.finding
        except (Deadlock, HostEnded, LifespanFailed, ProtocolError) as exc:
            finding = self._trouble(exc, check)
            stuck = isinstance(exc, Deadlock)
        except LauncherFailed:
            raise
        except Exception:
            error = traceback.format_exc()
            return _Sitting(self._made(check, GRADER_ERROR, [], error), exam.evidence)
        late = await self._finish(exam, check)
        ours = [item.detail for item in exam.evidence if item.kind == "grader error"]
        if ours:
            return _Sitting(self._made(check, GRADER_ERROR, [], "\n".join(ours)))
        finding = finding or late
        outcome = PASSED if finding is None else FAILED
        findings = [] if finding is None else [finding]
        evidence = exam.evidence
        if stuck:
            # What hangs has been told; that its tasks are there is no second fault.
            evidence = [item for item in evidence if item.kind != "task left"]
        result = self._made(check, outcome, findings)
        return _Sitting(result, evidence, _picture(exam))

    async def _finish(self, exam: Exam, check: Check) -> Finding | None:
        """Shut down and inspect; what goes wrong here fails the check as well."""
        try:
            await exam.finish()
        except (Deadlock, HostEnded, LifespanFailed, ProtocolError) as exc:
            return self._trouble(exc, check)
        finally:
            exam.gather_leaks()
        return None

    def _trouble(self, exc: Exception, check: Check) -> Finding:
        if isinstance(exc, Deadlock):
            return deadlock_finding(exc, self.submission, check)
        if isinstance(exc, LifespanFailed):
            return lifespan_finding(exc, self.submission)
        if isinstance(exc, HostEnded):
            return ended_finding(exc, self.submission, "during this check")
        return Finding("a response as ASGI has it", str(exc), check.hint)

    @staticmethod
    def _made(
        check: Check, outcome: str, findings: list[Finding], error: str = ""
    ) -> Result:
        return Result(
            check.name,
            check.title,
            check.category,
            check.points,
            outcome,
            findings,
            error,
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
    """Descriptors that lead nowhere, opened once for this process."""
    if not _NOWHERE:
        import os

        _NOWHERE.append(os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC))
    return (_NOWHERE[0],) * 3


_NOWHERE: list[int] = []

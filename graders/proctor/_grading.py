"""Grades one submission: every check in a host of its own, then the verdict."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Any

from graders.proctor._always import ALWAYS, Always
from graders.proctor._checks import Check, Suite, load_suite
from graders.proctor._clock import Deadlock, ExamLoop
from graders.proctor._decoding import SubmissionError
from graders.proctor._driver import ProtocolError
from graders.proctor._exam import Exam, NotLoaded
from graders.proctor._expectations import bars
from graders.proctor._explanations import explained
from graders.proctor._findings import Bar, CheckFailed, Finding
from graders.proctor._kata import Kata
from graders.proctor._launcher import HostPlan, Launcher
from graders.proctor._lifespan import LifespanFailed
from graders.proctor._link import HostEnded, LauncherFailed
from graders.proctor._provenance import provenance
from graders.proctor._reach import REFUSE, forbidden, reach_notes
from graders.proctor._submission import Submission, read_submission
from graders.proctor._surprises import Surprise
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
from graders.proctor.schedules.oracle import Oracle, SolutionFailed
from graders.proctor.schedules.pinned import pinned_for
from graders.proctor.schedules.property import Schedule
from graders.proctor.schedules.search import Body, sit_through
from graders.wire import Evidence, limits

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
        cpu: computing that one turn of a submission may take; see `Watch`.
        reach: "refuse" not to run a submission whose text reaches for objects of the
            grader's, "note" only to say so.
    """

    seed: str = DEFAULT_SEED
    real_clock: bool = False
    standard: Callable[[str], tuple[int, int, int]] | None = None
    patient: bool = False
    sandbox: str = AUTO
    cpu: float = limits.ONE_TURN
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
    surprise: Surprise | None = None


class Grading:
    """Grades one submission. Checks run when they are asked for, and once.

    Attributes:
        surprises: tracebacks of what suites did not expect of this submission, by the
            names of the checks. No learner sees them; who writes suites does.

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
        self.surprises: dict[str, str] = {}
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
        if self.kata.turns_the_tables and self.stopped is None:
            self._sit_in_any_order()
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

    def _sit_in_any_order(self) -> None:
        """Carry the checks out in an order that nobody can know beforehand.

        Which copy of the service it is must not be told by how many hosts there were
        before. Where one ends it all, all is done again in the usual order: what is
        known of a submission then does not depend on chance.
        """
        drawn = list(self.suite.checks)
        SystemRandom().shuffle(drawn)
        for check in drawn:
            self._sitting(check)
        if self.stopped is not None:
            self.stopped = None
            self._sittings.clear()
            self.surprises.clear()

    def _notes(self) -> list[str]:
        """What a person should know of how it was graded."""
        return [*self._surprise_notes(), *self._thread_notes()]

    def _surprise_notes(self) -> list[str]:
        if not self.surprises:
            return []
        return [
            "The suite met what it does not expect, which counts as the submission's "
            f"doing, in {', '.join(self.surprises)}. Who writes it may want to say "
            "there what is expected."
        ]

    def _thread_notes(self) -> list[str]:
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
            if sitting.surprise is not None:
                self._settle(check, sitting, sitting.surprise)
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
        if check.schedule is not None:
            return self._sit_through_plans(check, check.schedule)
        return self._sit(check)

    def _sit_through_plans(self, check: Check, schedule: Schedule) -> _Sitting:
        seed = f"{self._options.seed}/{self.kata.slug}/{check.name}"
        plans = [*pinned_for(self.kata, check), *schedule.drawn(seed)]
        return self.sit_through(check, plans)[0]

    def sit_through(self, check: Check, plans: Sequence[Any]) -> tuple[_Sitting, Any]:
        """Carry out plans of a property.

        Returns:
            The exam that tells most, and the plan that failed there, if one did.
        """
        witness = self._witness()
        setting = (witness.submission.source, self._options.seed, self.kata.slug)
        oracle = Oracle(witness._sit, setting, self._launcher)
        try:
            return sit_through(
                check, plans, partial(self._sit, check), partial(oracle, check)
            )
        except SolutionFailed as exc:
            return _Sitting(self._made(check, GRADER_ERROR, [], str(exc))), None

    def _witness(self) -> Grading:
        """The kata's own solution, graded in the same way.

        Raises:
            SubmissionError: there is none.
        """
        right = read_submission(self.kata.solution, self.kata.manifest.file)
        options = replace(self._options, standard=None, patient=False, real_clock=False)
        return Grading(self.kata, right, self._launcher, options, suite=self.suite)

    def _settle(self, check: Check, sitting: _Sitting, surprise: Surprise) -> None:
        """Say whose doing it was that the suite met what it does not expect."""
        if self._is_ours(check, surprise):
            sitting.result = self._made(check, GRADER_ERROR, [], surprise.error)
        else:
            self.surprises[check.name] = surprise.error
            sitting.result = self._made(check, FAILED, [surprise.finding])

    def _is_ours(self, check: Check, surprise: Surprise) -> bool:
        """Whether the suite would have been surprised by a right submission as well.

        The kata's own solution is the witness. Where there is none, as in what is
        packed for another platform, it counts as the submission's doing if the suite
        was looking at something of its making.
        """
        try:
            witness = self._witness()
        except SubmissionError:
            return not surprise.at_hand
        if witness.submission.source == self.submission.source:
            return True
        if check.schedule is None:
            seen = witness._sit(check)
        else:
            seen = witness._sit_through_plans(check, check.schedule)
        return seen.surprise is not None or seen.result.outcome != PASSED

    def _not_run(self, one: Check | Always) -> Result:
        return Result(one.name, one.title, one.category, one.points, FAILED)

    def _sit(self, check: Check, body: Body | None = None) -> _Sitting:
        with (
            tempfile.TemporaryDirectory(
                prefix="kata-", ignore_cleanup_errors=True
            ) as folder,
            asyncio.Runner(
                loop_factory=lambda: ExamLoop(real=self._options.real_clock)
            ) as runner,
        ):
            return runner.run(self._examine(check, Path(folder), body or check.body))

    async def _examine(self, check: Check, folder: Path, body: Body) -> _Sitting:
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
            sitting = await self._judge(check, exam, body)
        finally:
            exam.close()
            self._walls = link.walls
        ended = link.ended
        if ended is not None and ended.verdict == TAMPERED and not sitting.stopped:
            when = "during a check"
            sitting.stopped = TAMPERED, ended_finding(ended, self.submission, when)
        return sitting

    async def _judge(self, check: Check, exam: Exam, body: Body) -> _Sitting:
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
        findings = [] if finding is None else [self._explained(finding, exam)]
        evidence = exam.evidence
        if stuck:
            # What hangs has been told; that its tasks are there is no second fault.
            evidence = [item for item in evidence if item.kind != "task left"]
        result = self._made(check, outcome, findings)
        return _Sitting(result, evidence, _picture(exam), surprise=surprise)

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

    def _explained(self, finding: Finding, exam: Exam) -> Finding:
        return explained(finding, exam.evidence, self.submission)

    def _trouble(self, exc: Exception, check: Check, exam: Exam) -> Finding:
        if isinstance(exc, Deadlock):
            return deadlock_finding(exc, self.submission, check, exam.calls)
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

"""Grades one submission: every check in a host of its own, then the verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial
from random import SystemRandom
from typing import Any

from graders.proctor.checks.check import (
    NO_ENDING,
    Check,
    Ending,
    Suite,
    load_suite,
)
from graders.proctor.exam.surprises import Surprise
from graders.proctor.grading.ahead import Ahead
from graders.proctor.grading.common_checks import COMMON_CHECKS, CommonCheck
from graders.proctor.grading.controls import Controls
from graders.proctor.grading.endings import NOT_LOADED, TAMPERED, ended_finding
from graders.proctor.grading.options import Options
from graders.proctor.grading.provenance import provenance
from graders.proctor.grading.sitting import Sitting, Sittings, made
from graders.proctor.grading.witness import Witness
from graders.proctor.hosts.ends import silenced
from graders.proctor.hosts.launcher import Launcher
from graders.proctor.katas.kata import Kata
from graders.proctor.schedules.oracle import SolutionFailed
from graders.proctor.submission.forbidden_names import REFUSE, forbidden, reach_notes
from graders.proctor.submission.submission import Submission
from graders.proctor.verdict.findings import Bar, Finding
from graders.proctor.verdict.verdict import (
    FAILED,
    GRADER_ERROR,
    PASSED,
    Result,
    Verdict,
)
from graders.wire import Evidence

# Why a guard that has held earns nothing, where that is all that the submission does.
_NOTHING_YET = Finding(
    "another check passes first",
    "none has passed yet",
    "A program that does nothing passes this check as well: it counts once another one "
    "passes.",
    no_site="see the other checks",
)


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
        self._options = options or Options()
        self._room = Sittings(kata, submission, launcher, self._options, self.suite)
        self._witness = Witness(kata, launcher, self._options, self.suite)
        self._controls = Controls(kata, launcher, self._options, self.suite)
        self._sittings: dict[str, Sitting] = {}
        # Of checks that were carried out before it was known whether they count.
        self._early: dict[str, Sitting] = {}
        self._ahead: Ahead | None = None
        refused = forbidden(submission) if self._options.reach == REFUSE else None
        self.stopped: tuple[str, Finding] | None = None
        if refused is not None:
            self.stopped = NOT_LOADED, refused
        self.surprises: dict[str, str] = {}
        self._duration = 0.0

    @property
    def checks(self) -> list[Check | CommonCheck]:
        """The kata's own checks, then what every kata demands."""
        return [*self.suite.checks, *COMMON_CHECKS]

    def begin(self, checks: Iterable[Check | CommonCheck] | None = None) -> None:
        """Carry checks out before they are asked for, if there are processors for it.

        Where learners write tests nobody may know before which check is the next.

        Args:
            checks: those that will be asked for; when left out, a verdict will be.
        """
        # In real time they would be in each other's way.
        alone = self._options.width < 2 or self._options.real_clock
        alone = alone or self.kata.turns_the_tables
        if alone or self._ahead is not None or self.stopped is not None:
            return
        asked = list(self.checks if checks is None else checks)
        if any(isinstance(one, CommonCheck) for one in asked):
            # It is judged over all of the kata's own.
            asked = self.checks
        self._ahead = Ahead(
            self._options.width,
            self._sit_once,
            [
                one
                for one in asked
                if isinstance(one, Check) and one.name not in self._sittings
            ],
            None if checks else partial(self._controls.silenced, self.submission),
        )

    def is_ahead(self, check: str) -> bool:
        """Whether a check that nobody has asked for yet is carried out."""
        return self._ahead is not None and self._ahead.has(check)

    def result(self, one: Check | CommonCheck, *, hasty: bool = False) -> Result:
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
            return made(one, FAILED)
        return made(one, FAILED, [_NOTHING_YET], withheld=True)

    def _has_earned(self) -> bool:
        """Whether a check has passed that a submission which does nothing fails."""
        return any(
            self._sitting(own).result.outcome == PASSED
            for own in self.suite.checks
            if not own.guard
        )

    def _judged(self, one: Check | CommonCheck, *, hasty: bool) -> Result:
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
            return made(one, FAILED)
        findings = one.findings(evidence, self.submission)
        return made(one, FAILED if findings else PASSED, findings)

    def verdict(self) -> Verdict:
        """The outcome of the submission."""
        self.begin()
        if self.kata.turns_the_tables and self.stopped is None:
            self._sit_in_any_order()
        results = [self.result(one) for one in self.checks]
        self._see_that_it_tells(results)
        formed = partial(
            Verdict,
            self.kata.slug,
            seed=self._options.seed,
            results=results,
            notes=[
                *self.submission.notes,
                *reach_notes(self.submission.source, self.submission.label),
                *self._notes(),
            ],
            provenance=provenance(self.kata, self.submission, self._room.walls),
            duration=round(self._duration, 3),
        )
        if self.stopped is not None:
            status, finding = self.stopped
            if status == TAMPERED:
                # Whatever came before is worth nothing then; a person should look.
                results = [made(one, FAILED) for one in self.checks]
            return formed(status, results=results, reason=finding.saw, finding=finding)
        outcomes = {result.outcome for result in results}
        if GRADER_ERROR in outcomes:
            status = GRADER_ERROR
        else:
            status = PASSED if outcomes == {PASSED} else FAILED
        return formed(status)

    def _see_that_it_tells(self, results: Sequence[Result]) -> None:
        """What a submission has earned by silence counts if known mistakes are told."""
        if self.stopped is None and any(result.score for result in results):
            began = time.monotonic()
            untold = self._ahead.silenced() if self._ahead is not None else None
            if untold is None:
                untold = self._controls.silenced(self.submission)
            if untold:
                finding = ended_finding(silenced(), self.submission, "during a check")
                self.stopped = TAMPERED, finding
            self._duration += time.monotonic() - began

    def _sit_in_any_order(self) -> None:
        """Carry the checks out in an order that nobody can know beforehand.

        Which copy of the service it is must not be told by how many hosts there were
        before, so a check that others need is no earlier than they are. Where one ends
        it all, all is done again in the usual order: what is known of a submission then
        does not depend on chance.
        """
        checks = (one for one in self.suite.checks if one.name not in self._sittings)
        drawn = [one for one in checks for _ in range(self._times(one))]
        SystemRandom().shuffle(drawn)
        began = time.monotonic()
        failed: set[str] = set()
        for check in drawn:
            if failed.isdisjoint((check.name, check.needs)):
                sitting = self._early[check.name] = self._sit_once(check)
                if not sitting.holds:
                    failed.add(check.name)
                if sitting.stopped is not None:
                    self._early.clear()
                    self._room.begin_anew()
                    break
        self._duration += time.monotonic() - began

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

    def _sitting(self, check: Check) -> Sitting:
        if check.name not in self._sittings:
            if self.stopped is not None:
                return Sitting(made(check, FAILED))
            began = time.monotonic()
            try:
                sitting = self._sittings[check.name] = self._sit_or_wait(check)
            except Exception:
                self._stop_ahead()
                raise
            if sitting.surprise is not None:
                self._settle(check, sitting, sitting.surprise)
            self._duration += time.monotonic() - began
            self.stopped = sitting.stopped
            if self.stopped is not None:
                self._stop_ahead()
        return self._sittings[check.name]

    def _stop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.stop()

    def _sit_or_wait(self, check: Check) -> Sitting:
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
                return Sitting(made(check, FAILED, [finding]))
        if check.name in self._early:
            return self._early.pop(check.name)
        ahead = self._ahead.take(check) if self._ahead is not None else None
        sitting = ahead or self._sit_once(check)
        for _ in range(self._times(check) - 1):
            if sitting.holds:
                sitting = self._sit_once(check)
        return sitting

    def _times(self, check: Check) -> int:
        """How often a check is carried out before it has passed."""
        return min(check.times, self._options.times or check.times)

    def _sit_once(self, check: Check) -> Sitting:
        if check.schedule is not None:
            plans, ending = self._witness.plans(check), self._witness.ending(check)
            return self.sit_through(check, plans, ending)[0]
        return self._room.sit(check)

    def sit_through(
        self, check: Check, plans: Sequence[Any], ending: Ending = NO_ENDING
    ) -> tuple[Sitting, Any]:
        """Carry out plans of a property.

        Args:
            ending: what comes after them.

        Returns:
            The exam that tells most, and the plan that failed there, if one did.
        """
        try:
            return self._witness.sit_through(check, plans, self._room, ending)
        except SolutionFailed as exc:
            return Sitting(made(check, GRADER_ERROR, error=str(exc))), None

    def _settle(self, check: Check, sitting: Sitting, surprise: Surprise) -> None:
        """Say whose doing it was that the suite met what it does not expect."""
        if self._witness.is_surprised(check, surprise, self.submission.source):
            sitting.result = made(check, GRADER_ERROR, error=surprise.error)
        else:
            self.surprises[check.name] = surprise.error
            sitting.result = made(check, FAILED, [surprise.finding])

"""Controls: whether a host tells of mistakes that are known to have been made in it.

What only the inside can see is evidence, and no evidence is a pass. So a submission
that has earned something sits a few checks once more, spiked with known mistakes. What
has become of those checks does not matter; where a mistake has been made and no word of
it came, the instruments have been silenced, and no silence before can be believed. Of
the event loop the same is seen from outside; see `probes`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import SystemRandom
from typing import NamedTuple

from graders.proctor.checks.check import Check, Suite
from graders.proctor.exam.exam import Exam
from graders.proctor.grading.endings import TAMPERED
from graders.proctor.grading.options import Options
from graders.proctor.grading.probes import Probe, can_be_probed
from graders.proctor.grading.sitting import Sittings
from graders.proctor.hosts.launcher import Launcher
from graders.proctor.katas.kata import Kata
from graders.proctor.submission.decoding import SubmissionError
from graders.proctor.submission.spiked import (
    COROUTINE,
    EXECUTOR,
    SESSION,
    Spiked,
    spiked,
)
from graders.proctor.submission.submission import Submission, read_submission
from graders.wire import Module

_HELD_UP = "held up"
# In so many moments of a submission another request comes.
_MOMENTS = 3
# A kind of message, and the learner's line.
_Told = tuple[str, int]
_ALL: _Told = "all", 0
# A host that has told of more of a kind may have stopped telling.
_TALKATIVE = 400
# What is told of a kind of mistake, wherever and whenever it has been made.
_ALWAYS: dict[str, frozenset[str]] = {
    COROUTINE: frozenset(("never awaited",)),
    EXECUTOR: frozenset(("executor left open",)),
    SESSION: frozenset(("session opened", "session begun", "session used", "checkout")),
}
# And while requests are served.
_SERVING = frozenset(("blocked", "file", _HELD_UP))
# Where all of these had to be told, another check would hardly show more.
_MOST_TELLING = _SERVING | _ALWAYS[COROUTINE] | _ALWAYS[EXECUTOR]


class _Trial(NamedTuple):
    """What came of mistakes that were put into one check.

    `untold`: those that were made and not told. `is_thorough`: mistakes of nearly all
    kinds were made, also while requests were served.
    """

    untold: set[_Told]
    is_thorough: bool


class Controls:
    """Args:
    kata, launcher, options, suite: as for `Grading`.
    """

    def __init__(
        self, kata: Kata, launcher: Launcher, options: Options, suite: Suite
    ) -> None:
        self._kata = kata
        self._launcher = launcher
        self._options = replace(options, standard=None, real_clock=False)
        self._suite = suite

    def silenced(self, submission: Submission) -> bool:
        """Whether known mistakes of a submission were made and not told."""
        fitting = [
            one
            for one in self._suite.checks
            if one.lifespan and one.schedule is None and not one.copy
        ]
        if self._kata.turns_the_tables or not fitting:
            return False
        # Which they are must not be known before.
        drawn = SystemRandom().sample(fitting, len(fitting))
        if self._options.controls and self._is_deaf(submission, drawn):
            return True
        for check in drawn[: self._options.controls]:
            trial = self._try(submission, check)
            if trial is None:
                return False
            if untold := trial.untold:
                # A second time, and newly spiked: who is silent stays silent.
                repeated = self._try(submission, check)
                again = repeated.untold if repeated is not None else set()
                silent = untold & again | {_ALL} & (untold | again)
                return bool(again and silent) and not self._is_ours(silent, check)
            if trial.is_thorough:
                return False
        return False

    def _is_deaf(self, submission: Submission, drawn: Sequence[Check]) -> bool:
        """Whether the loop is held up in a check while its host says that it is free.

        Twice, and where the loop of the kata's solution is not.

        Args:
            drawn: checks to try, until there were moments enough.
        """
        if not can_be_probed(submission.source):
            return False
        moments = 0
        for check in drawn:
            first = self._probe(submission, check)
            if first.unanswered and self._probe(submission, check).unanswered:
                right = self._solution()
                return right is None or not self._probe(right, check).unanswered
            moments += first.moments
            if moments >= _MOMENTS:
                break
        return False

    def _probe(self, submission: Submission, check: Check) -> Probe:
        """Carry out a check in which others ask as well."""
        probe = Probe(check)
        self._sittings(submission).sit(check, probe.body)
        return probe

    def _solution(self) -> Submission | None:
        try:
            return read_submission(self._kata.solution, self._kata.manifest.file)
        except SubmissionError:
            return None

    def _sittings(
        self, submission: Submission, helper: Module | None = None
    ) -> Sittings:
        return Sittings(
            self._kata,
            submission,
            self._launcher,
            self._options,
            self._suite,
            helper,
        )

    def _is_ours(self, silent: set[_Told], check: Check) -> bool:
        """Whether the kata's solution does not tell of such mistakes either.

        Then an instrument has stopped working, as with a release of a library that
        nobody has tried it with, and nobody has silenced it.
        """
        right = self._solution()
        if right is None:
            return False
        trial = self._try(right, check)
        kinds = {kind for kind, _ in trial.untold} if trial is not None else set()
        return kinds >= {kind for kind, _ in silent}

    def _try(self, submission: Submission, check: Check) -> _Trial | None:
        """Put known mistakes into a check.

        Returns:
            None where nothing can be said, and would not of another check either.
        """
        sample = spiked(submission)
        if sample is None:
            return None
        control = Control(sample, check)
        room = self._sittings(sample.submission, sample.helper)
        sitting = room.sit(check, control.body)
        if sitting.stopped is not None:
            tampered = sitting.stopped[0] == TAMPERED
            return _Trial({_ALL}, is_thorough=True) if tampered else None
        if not control.ended:
            return None
        kinds = {kind for kind, _ in control.expected()}
        return _Trial(control.untold(), is_thorough=kinds >= _MOST_TELLING)


class Control:
    """One check of a spiked submission.

    Args:
        sample: the submission.
        check: which is carried out.
    """

    def __init__(self, sample: Spiked, check: Check) -> None:
        self._sample = sample
        self._check = check
        self._exam: Exam | None = None
        # Mistakes that were made before there was a request, and in all.
        self._before: dict[int, str] = {}
        self._made: dict[int, str] = {}
        self._served = False

    async def body(self, exam: Exam) -> None:
        """Carry out the check, and see which mistakes have been made meanwhile."""
        self._exam = exam
        self._before = self._look(exam)
        try:
            await self._check.body(exam)
        finally:
            lifespan = exam.lifespan
            self._served = lifespan.running and not lifespan.stopping
            self._made = self._look(exam)

    @property
    def ended(self) -> bool:
        """Whether the host has said all that it had to say."""
        return self._exam is not None and self._exam.inspected

    def _look(self, exam: Exam) -> dict[int, str]:
        return self._sample.made(os.listdir(exam.folder))

    def untold(self) -> set[_Told]:
        """What was not told, each with its line, of mistakes that were made."""
        exam = self._exam
        if exam is None or not self.ended:
            return set()
        # Not of `evidence`: a check may put aside what was reported before.
        told = exam.told
        seen = {(kind, site.line) for kind, site in told if site is not None}
        times: Counter[str] = Counter()
        for (kind, _), often in told.items():
            times[kind] += often
        enough = {kind for kind, often in times.items() if often >= _TALKATIVE}
        if exam.held_up:
            enough.add(_HELD_UP)
        expected = {one for one in self.expected() if one[0] not in enough}
        return expected - seen

    def expected(self) -> set[_Told]:
        """What must have been told, each with its line."""
        expected: set[_Told] = set()
        for number, kinds in self._made.items():
            spike = self._sample.spikes[number]
            what = {one for kind in kinds for one in _ALWAYS.get(kind, ())}
            if spike.serving and self._served and number not in self._before:
                what |= _SERVING
            expected |= {(one, spike.line) for one in what}
        return expected

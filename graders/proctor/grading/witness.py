"""The kata's own solution, asked what a right submission would have done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from graders.proctor.checks.check import NO_ENDING, Check, Ending, Suite
from graders.proctor.exam.plan import Observation
from graders.proctor.exam.surprises import Surprise
from graders.proctor.grading.options import Options
from graders.proctor.grading.sitting import Sitting, Sittings
from graders.proctor.hosts.launcher import Launcher
from graders.proctor.katas.kata import Kata
from graders.proctor.schedules.memory import Memory
from graders.proctor.schedules.oracle import Oracle, SolutionFailed
from graders.proctor.schedules.pinned import pinned_for
from graders.proctor.schedules.search import Search
from graders.proctor.submission.decoding import SubmissionError
from graders.proctor.submission.submission import Submission, read_submission
from graders.proctor.verdict.verdict import PASSED

# Whether the solution of a kata surprises a check does not depend on who is graded.
_SURPRISED: Memory[bool] = Memory()


class Witness:
    """Args:
    kata, launcher, options, suite: as for `Grading`.
    """

    def __init__(
        self, kata: Kata, launcher: Launcher, options: Options, suite: Suite
    ) -> None:
        self._kata = kata
        self._launcher = launcher
        self._options = replace(
            options, standard=None, patient=False, real_clock=False, budget=math.inf
        )
        self._suite = suite

    @cached_property
    def _right(self) -> tuple[Submission, Sittings]:
        """The solution, and where it sits.

        Raises:
            SubmissionError: there is none.
        """
        kata = self._kata
        right = read_submission(kata.solution, kata.manifest.file)
        return right, Sittings(kata, right, self._launcher, self._options, self._suite)

    @cached_property
    def _oracle(self) -> Oracle:
        right, sittings = self._right
        setting = (right.source, self._options.seed, self._kata.slug)
        return Oracle(sittings.sit, setting, self._launcher)

    def _promises(
        self, check: Check, plans: Sequence[Any]
    ) -> Sequence[Observation | None]:
        try:
            return self._oracle(check, plans)
        except SubmissionError as exc:
            raise SolutionFailed(
                f"{check.name} needs the kata's solution: {exc}"
            ) from exc

    def sit_through(
        self,
        check: Check,
        plans: Sequence[Any],
        sittings: Sittings,
        ending: Ending = NO_ENDING,
    ) -> tuple[Sitting, Any]:
        """Carry out plans of a property on a submission, against the solution.

        Args:
            ending: what comes after them.
            sittings: where the submission sits.

        Returns:
            The exam that tells most, and the plan that failed there, if one did.

        Raises:
            SolutionFailed: the solution does not get through them, or there is none.
        """
        search = Search(check, sittings.sit, self._promises)
        return search.through(plans, ending, reduce=self._options.reduce)

    def plans(self, check: Check) -> list[Any]:
        """The plans of one grading: those that are pinned, then new ones."""
        assert check.schedule is not None
        drawn = check.schedule.drawn(self._seed(check))
        return [*pinned_for(self._kata, check), *drawn[: self._options.plans]]

    def ending(self, check: Check) -> Ending:
        """What comes after the plans of one grading."""
        assert check.schedule is not None
        return check.schedule.ending(self._seed(check))

    def _seed(self, check: Check) -> str:
        return f"{self._options.seed}/{self._kata.slug}/{check.name}"

    def is_surprised(self, check: Check, surprise: Surprise, source: str) -> bool:
        """Whether a right submission would have surprised the suite as well.

        Where there is no solution it counts as the submission's doing if the suite was
        looking at something of its making.

        Args:
            source: the text of the submission that has surprised it.
        """
        try:
            right, sittings = self._right
        except SubmissionError:
            return not surprise.at_hand
        if right.source == source:
            return True
        world, plans = self._suite.world, self._options.plans
        key = check.body, world, right.source, self._seed(check), plans
        surprises = partial(self._surprises, check, sittings)
        return _SURPRISED.recall(self._launcher, key, surprises)

    def _surprises(self, check: Check, sittings: Sittings) -> bool:
        if check.schedule is None:
            seen = sittings.sit(check)
        else:
            plans, ending = self.plans(check), self.ending(check)
            seen, _ = self.sit_through(check, plans, sittings, ending)
        return seen.surprise is not None or seen.result.outcome != PASSED

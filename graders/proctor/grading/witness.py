"""The kata's own solution, asked what a right submission would have done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from graders.proctor.checks.check import Check, Suite
from graders.proctor.exam.plan import Observation
from graders.proctor.exam.surprises import Surprise
from graders.proctor.grading.sitting import Options, Sitting, Sittings
from graders.proctor.hosts.launcher import Launcher
from graders.proctor.katas.kata import Kata
from graders.proctor.schedules.oracle import Oracle, SolutionFailed
from graders.proctor.schedules.pinned import pinned_for
from graders.proctor.schedules.search import sit_through
from graders.proctor.submission.decoding import SubmissionError
from graders.proctor.submission.submission import Submission, read_submission
from graders.proctor.verdict.verdict import PASSED


class Witness:
    """Args:
    kata, launcher, options, suite: as for `Grading`.
    """

    def __init__(
        self, kata: Kata, launcher: Launcher, options: Options, suite: Suite
    ) -> None:
        self._kata = kata
        self._launcher = launcher
        self._options = replace(options, standard=None, patient=False, real_clock=False)
        self._suite = suite

    def _sittings(self) -> tuple[Submission, Sittings]:
        """The solution, and where it sits.

        Raises:
            SubmissionError: there is none.
        """
        kata = self._kata
        right = read_submission(kata.solution, kata.manifest.file)
        return right, Sittings(kata, right, self._launcher, self._options, self._suite)

    def promises(
        self, check: Check, plans: Sequence[Any]
    ) -> Sequence[Observation | None]:
        """What the solution makes of plans; see `Oracle`.

        Raises:
            SolutionFailed: nothing, or there is no solution.
        """
        try:
            right, sittings = self._sittings()
        except SubmissionError as exc:
            raise SolutionFailed(
                f"{check.name} needs the kata's solution: {exc}"
            ) from exc
        setting = (right.source, self._options.seed, self._kata.slug)
        return Oracle(sittings.sit, setting, self._launcher)(check, plans)

    def sit_through(
        self, check: Check, plans: Sequence[Any], sittings: Sittings
    ) -> tuple[Sitting, Any]:
        """Carry out plans of a property on a submission, against the solution.

        Args:
            sittings: where the submission sits.

        Returns:
            The exam that tells most, and the plan that failed there, if one did.

        Raises:
            SolutionFailed: the solution does not get through them.
        """
        return sit_through(
            check,
            plans,
            partial(sittings.sit, check),
            partial(self.promises, check),
            reduce=self._options.reduce,
        )

    def plans(self, check: Check) -> list[Any]:
        """The plans of one grading: those that are pinned, then new ones."""
        assert check.schedule is not None
        seed = f"{self._options.seed}/{self._kata.slug}/{check.name}"
        return [*pinned_for(self._kata, check), *check.schedule.drawn(seed)]

    def is_surprised(self, check: Check, surprise: Surprise, source: str) -> bool:
        """Whether a right submission would have surprised the suite as well.

        Where there is no solution it counts as the submission's doing if the suite was
        looking at something of its making.

        Args:
            source: the text of the submission that has surprised it.
        """
        try:
            right, sittings = self._sittings()
        except SubmissionError:
            return not surprise.at_hand
        if right.source == source:
            return True
        if check.schedule is None:
            seen = sittings.sit(check)
        else:
            seen, _ = self.sit_through(check, self.plans(check), sittings)
        return seen.surprise is not None or seen.result.outcome != PASSED

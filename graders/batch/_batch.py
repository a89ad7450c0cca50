"""Grades a batch: what is new in worker processes, the rest from the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from graders.batch._folder import write_result
from graders.batch._found import Found
from graders.batch._job import BUDGET, RENEW, Job, graded
from graders.batch._machine import see_that_hosts_start
from graders.batch._store import Cache, Results, cache_key
from graders.batch._ungraded import grader_failed, not_loaded
from graders.proctor import Options, SubmissionError, Verdict
from graders.reports import ReportError, reduced
from graders.reports.formats import FORMATS
from graders.workers import Answer, Pool


@dataclass(frozen=True)
class Plan:
    """How to grade a batch.

    Attributes:
        jobs: how many processes grade.
        repeat: how many times each submission is graded.
        feedback: how much learners see, in the formats that are written for them.
        formats: names of these.
    """

    options: Options
    jobs: int = 1
    repeat: int = 1
    feedback: str = "full"
    formats: Sequence[str] = ()


class Batch:
    """Grades submissions.

    Args:
        found: the submissions.
        scratch: a folder for what is temporary.
    """

    def __init__(
        self,
        found: Sequence[Found],
        plan: Plan,
        cache: Cache,
        results: Results,
        scratch: Path,
    ) -> None:
        self._found = found
        self._plan = plan
        self._cache = cache
        self._results = results
        self._scratch = scratch
        # Numbers of submissions that are the same, while one of them is being graded.
        self._same: dict[str, list[int]] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._settled: Callable[[Verdict], None] = lambda verdict: None
        # Or seen that it could.
        self._has_graded = False
        # Why a format could not be written, each told once.
        self.problems: dict[str, str] = {}

    @property
    def verdicts(self) -> list[Verdict]:
        """What there is by now, in the order of the submissions.

        They are without their findings, which are in the files.
        """
        return [verdict for _, verdict in sorted(self._verdicts.items())]

    def grade(self, settled: Callable[[Verdict], None]) -> None:
        """Grade everything. Each verdict is in its file when it is told.

        Args:
            settled: called with each verdict.

        Raises:
            FolderError: a verdict cannot be written; those before it are kept.
            LauncherFailed: no submission can be graded on this machine.
        """
        self._settled = settled
        plan = self._plan
        pool = Pool(
            partial(graded, plan.options, plan.repeat),
            plan.jobs,
            budget=BUDGET * plan.repeat,
            renew=RENEW,
            scratch=str(self._scratch),
        )
        with pool:
            for job, answer in pool.answers(self._jobs()):
                verdict = self._verdict(job, answer)
                self._cache.keep(job.key, verdict)
                for number in self._same.pop(job.key):
                    self._settle(number, verdict)

    def _jobs(self) -> Iterator[Job]:
        """What has to be graded; what has not is settled on the way."""
        for number, found in enumerate(self._found):
            try:
                submission = found.read()
            except SubmissionError as exc:
                options = self._plan.options
                self._settle(number, not_loaded(found.kata, str(exc), options))
                continue
            kata = found.kata
            assert kata is not None
            options, repeat = self._plan.options, self._plan.repeat
            key = cache_key(kata, submission, options, repeat)
            verdict = self._cache.find(key)
            if verdict is not None:
                self._settle(number, verdict)
            elif key in self._same:
                self._same[key].append(number)
            else:
                self._same[key] = [number]
                yield Job(key, kata, submission)

    def _verdict(self, job: Job, answer: Answer[Verdict]) -> Verdict:
        if answer.value is not None:
            self._has_graded = True
            return answer.value
        trouble, options = answer.trouble, self._plan.options
        if answer.launcher and not self._has_graded:
            # As when a wall is missing: it would go wrong with every submission. But
            # none of them may say so, or the first would end the batch for all.
            see_that_hosts_start(job.kata.needs, options.sandbox)
            self._has_graded = True
        return grader_failed(job.kata, job.submission, trouble, options)

    def _settle(self, number: int, verdict: Verdict) -> None:
        found = self._found[number]
        verdict = msgspec.structs.replace(verdict, learner=found.learner)
        self._results.put(found, verdict)
        self._report(found, verdict)
        self._verdicts[number] = _brief(verdict)
        self._settled(verdict)

    def _report(self, found: Found, verdict: Verdict) -> None:
        """Write what the learner gets."""
        seen = reduced(verdict, self._plan.feedback)
        folder = self._results.place("reports", found, verdict.kata)
        for name in self._plan.formats:
            one = FORMATS[name]
            try:
                text = one.text(seen)
            except ReportError as exc:
                self.problems[name] = str(exc)
            else:
                write_result(folder / one.file, text)


def _brief(verdict: Verdict) -> Verdict:
    """What a table needs: hundreds of these are held at once."""
    results = [
        msgspec.structs.replace(result, findings=[], error="")
        for result in verdict.results
    ]
    other = verdict.other and _brief(verdict.other)
    return msgspec.structs.replace(verdict, results=results, finding=None, other=other)

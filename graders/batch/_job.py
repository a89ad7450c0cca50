"""One submission of a batch, and how a worker grades it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from graders.proctor import Grading, Kata, Launcher, Options, Submission, Verdict
from graders.wire import limits
from graders.workers import Tell

# Real seconds that one grading may take: far more than what the proctor allows to a
# submission, on a machine on which it waits for its turn most of the time.
BUDGET = 10 * limits.SUBMISSION
# Submissions after which a worker makes way for a fresh one.
RENEW = 100
# Where a submission seems to lie. Two that are the same must get the same verdict, and
# learners' names and the grader's folders are nobody's business.
_PLACE = Path("/submission")


@dataclass(frozen=True)
class Job:
    """One submission to grade.

    Attributes:
        key: the same for submissions that are the same.
    """

    key: str
    kata: Kata
    submission: Submission


def graded(
    options: Options, repeat: int, job: Job, hosts: Launcher, tell: Tell[Verdict]
) -> Verdict:
    """The verdict, with the first one that differs from it.

    Args:
        repeat: how many times it is graded.
    """
    place = _PLACE / job.submission.label
    submission = msgspec.structs.replace(job.submission, path=place)
    first = Grading(job.kata, submission, hosts, options).verdict()
    for _ in range(repeat - 1):
        other = Grading(job.kata, submission, hosts, options).verdict()
        if other.timeless != first.timeless:
            return msgspec.structs.replace(first, other=other)
    return first

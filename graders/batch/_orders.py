"""What the batch and its workers say to each other."""

from __future__ import annotations

import msgspec

from graders.proctor import Verdict


class Orders(msgspec.Struct, frozen=True):
    """How a worker grades, for as long as it lives.

    Attributes:
        suites: folders that suites are imported from.
        scratch: the folder for everything that is temporary.
        repeat: how many times each submission is graded.
    """

    suites: list[str]
    scratch: str
    seed: str
    sandbox: str
    repeat: int
    reach: str


class Job(msgspec.Struct, frozen=True):
    """One submission to grade.

    Attributes:
        number: by which the answer is known.
        folder: the kata's.
        label: the file name that feedback shows.
        source: the text.
        notes, beside: as a `Submission` has them.
    """

    number: int
    folder: str
    label: str
    source: str
    notes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """What came of a job.

    Attributes:
        verdict: None where the grader failed.
        trouble: why it did.
        launcher: no submission could be started at all.
    """

    number: int
    verdict: Verdict | None = None
    trouble: str = ""
    launcher: bool = False

"""Grades exhibits, in this process or in several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from graders.proctor import (
    DEFAULT_SEED,
    Exhibit,
    Grading,
    Launcher,
    LauncherFailed,
    Options,
    SubmissionError,
    Verdict,
    launcher,
    prove,
)
from graders.workers import Pool, Tell


@dataclass(frozen=True)
class Plan:
    """How to grade.

    Attributes:
        jobs: how many processes grade.
        repeat: how many times each exhibit is graded.
        seed: data and delays are drawn from it.
        thorough: whether every check is carried out; see `prove`.
    """

    jobs: int = 1
    repeat: int = 1
    seed: str = DEFAULT_SEED
    thorough: bool = True


@dataclass(frozen=True)
class Judged:
    """An exhibit and its verdicts, one for each time it was graded.

    Attributes:
        trouble: why there are none.
        surprises: tracebacks of what the suite did not expect, by the names of checks.
    """

    exhibit: Exhibit
    verdicts: list[Verdict] = field(default_factory=list)
    trouble: str = ""
    surprises: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        return self.verdicts[0]


def judge(exhibits: Sequence[Exhibit], plan: Plan) -> Generator[Judged]:
    """Grade exhibits; each comes as soon as it is graded, in any order.

    Raises:
        LauncherFailed: no submission can be started, or a process fails again and
            again.
    """
    if plan.jobs == 1:
        with launcher() as hosts:
            for exhibit in exhibits:
                times = range(plan.repeat)
                yield _joined([_judge(plan, exhibit, hosts) for _ in times])
        return
    # Each repetition by itself: at the end no process is left alone with all of them.
    asked = [exhibit for exhibit in exhibits for _ in range(plan.repeat)]
    found: dict[Path, list[Judged]] = defaultdict(list)
    with Pool(partial(_judge, plan), plan.jobs) as pool:
        for exhibit, answer in pool.answers(asked):
            if answer.value is None:
                raise LauncherFailed(answer.trouble)
            several = found[exhibit.path]
            several.append(answer.value)
            if len(several) == plan.repeat:
                yield _joined(several)


def _joined(several: Sequence[Judged]) -> Judged:
    """The gradings of one exhibit as one."""
    first = several[0]
    verdicts = [verdict for one in several for verdict in one.verdicts]
    surprises = {name: text for one in several for name, text in one.surprises.items()}
    return Judged(first.exhibit, verdicts, first.trouble, surprises)


def _judge(
    plan: Plan, exhibit: Exhibit, hosts: Launcher, tell: Tell[Judged] | None = None
) -> Judged:
    options = Options(plan.seed, reduce=False)
    try:
        if not plan.thorough:
            verdict, _ = prove(exhibit, hosts, options, thorough=False)
            return Judged(exhibit, [verdict])
        submission = exhibit.submission()
    except SubmissionError as exc:
        return Judged(exhibit, trouble=str(exc))
    grading = Grading(exhibit.kata, submission, hosts, options)
    return Judged(exhibit, [grading.verdict()], surprises=grading.surprises)

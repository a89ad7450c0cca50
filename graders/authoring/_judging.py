"""Grades exhibits, in this process or in several."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import graders.suites
from graders.proctor import (
    DEFAULT_SEED,
    Exhibit,
    Grading,
    Launcher,
    Options,
    SubmissionError,
    Verdict,
    launcher,
    load_kata,
    read_submission,
)


@dataclass(frozen=True)
class Plan:
    """How to grade.

    Attributes:
        jobs: how many processes grade.
        repeat: how many times each exhibit is graded.
        seed: data and delays are drawn from it.
    """

    jobs: int = 1
    repeat: int = 1
    seed: str = DEFAULT_SEED


@dataclass(frozen=True)
class Judged:
    """An exhibit and its verdicts, one for each time it was graded.

    Attributes:
        trouble: why there are none.
    """

    exhibit: Exhibit
    verdicts: list[Verdict] = field(default_factory=list)
    trouble: str = ""

    @property
    def verdict(self) -> Verdict:
        return self.verdicts[0]


def judge(exhibits: Sequence[Exhibit], plan: Plan) -> Iterator[Judged]:
    """Grade exhibits; each comes as soon as it is graded, in any order.

    Raises:
        LauncherFailed: no submission can be started.
    """
    if plan.jobs == 1:
        with launcher() as hosts:
            for exhibit in exhibits:
                yield _judge(exhibit, hosts, plan)
        return
    with ProcessPoolExecutor(
        min(plan.jobs, max(len(exhibits), 1)),
        multiprocessing.get_context("spawn"),
        _begin,
        (list(graders.suites.__path__),),
    ) as pool:
        by_future = {
            pool.submit(
                _judge_there, one.kata.folder, one.path, one.kind, one.category, plan
            )
            for one in exhibits
        }
        try:
            for future in as_completed(by_future):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _judge(exhibit: Exhibit, hosts: Launcher, plan: Plan) -> Judged:
    kata = exhibit.kata
    try:
        submission = read_submission(exhibit.path, kata.manifest.file)
    except SubmissionError as exc:
        return Judged(exhibit, trouble=str(exc))
    options = Options(plan.seed)
    return Judged(
        exhibit,
        [
            Grading(kata, submission, hosts, options).verdict()
            for _ in range(plan.repeat)
        ],
    )


# --- in another process ---------------------------------------------------------------

# What a worker needs for as long as it lives.
_HOSTS: list[Launcher] = []


def _begin(suites: list[str]) -> None:
    """Prepare a worker: it imports suites from where its parent does."""
    # Ctrl-C is for the parent, which ends its workers in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    graders.suites.__path__ = suites
    stack = ExitStack()
    _HOSTS.append(stack.enter_context(launcher()))
    multiprocessing.util.Finalize(None, stack.close, exitpriority=10)


def _judge_there(
    folder: Path, path: Path, kind: str, category: str, plan: Plan
) -> Judged:
    return _judge(Exhibit(load_kata(folder), path, kind, category), _HOSTS[0], plan)

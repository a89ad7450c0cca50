"""Grades exhibits, in this process or in several."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import signal
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field

import graders.suites
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
        LauncherFailed: no submission can be started.
    """
    if plan.jobs == 1:
        with launcher() as hosts:
            for exhibit in exhibits:
                times = range(plan.repeat)
                yield _joined([_judge(exhibit, hosts, plan) for _ in times])
        return
    with ProcessPoolExecutor(
        min(plan.jobs, max(len(exhibits), 1)),
        multiprocessing.get_context("spawn"),
        _begin,
        (list(graders.suites.__path__),),
    ) as pool:
        # Each repetition by itself, so that Ctrl-C never waits for a long series.
        asked = {
            pool.submit(_judge_there, one, plan): number
            for number, one in enumerate(exhibits)
            for _ in range(plan.repeat)
        }
        found: dict[int, list[Judged]] = {}
        try:
            for future in as_completed(asked):
                number = asked[future]
                several = found.setdefault(number, [])
                several.append(future.result())
                if len(several) == plan.repeat:
                    yield _joined(found.pop(number))
        except BrokenProcessPool as exc:
            raise LauncherFailed(
                "A process that grades has ended; its message stands above."
            ) from exc
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _joined(several: Sequence[Judged]) -> Judged:
    """The gradings of one exhibit as one."""
    first = several[0]
    verdicts = [verdict for one in several for verdict in one.verdicts]
    surprises = {name: text for one in several for name, text in one.surprises.items()}
    return Judged(first.exhibit, verdicts, first.trouble, surprises)


def _judge(exhibit: Exhibit, hosts: Launcher, plan: Plan) -> Judged:
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


def _judge_there(exhibit: Exhibit, plan: Plan) -> Judged:
    return _judge(exhibit, _HOSTS[0], plan)

"""Each measure: what is timed, and its rival in the same run, or its limit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from graders.benchmarks.speed import (
    pytest_of,
    run,
    seconds,
    warm_checks,
    write_trivial_test,
)
from graders.practice._grader import Graded, Grader
from graders.proctor import find_kata, read_submission
from graders.settings import cores

# With twelve checks of its own.
SLUG = "await_every_coroutine"
_ROUNDS = 7


@dataclass(frozen=True)
class Measure:
    """A figure beside what it is held against.

    Attributes:
        what: what was measured.
        figure: what it was.
        against: its rival, or its limit.
        other: the figure of the rival, or the limit.
        aim: what the first divided by the second should be, at most; where `more` is
            better, at least.
        unit: of both.
    """

    what: str
    figure: float
    against: str
    other: float
    aim: float = 1.0
    unit: str = "s"
    more: bool = False

    @property
    def ratio(self) -> float:
        return self.figure / self.other

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.aim if self.more else self.ratio <= self.aim


def _medians(*actions: Callable[[], object]) -> list[float]:
    """Seconds of each action: all of them in turn, again and again, after a first."""
    for action in actions:
        action()
    rounds = [[seconds(action) for action in actions] for _ in range(_ROUNDS)]
    return [median(one) for one in zip(*rounds, strict=True)]


def cold() -> Iterator[Measure]:
    """Commands as learners type them."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = pytest_of(SLUG), write_trivial_test(folder)
        graded, trivial, listed, hinted = _medians(
            lambda: run(*ours),
            lambda: run(*theirs),
            lambda: run("-m", "graders.cli", "list", home=folder),
            lambda: run("-m", "graders.cli", "hint", SLUG, home=folder),
        )
    rival = "pytest, one trivial FastAPI test"
    yield Measure(f"pytest katas/{SLUG}", graded, rival, trivial, aim=1.2)
    yield Measure("kata list", listed, "limit", 0.25)
    yield Measure(f"kata hint {SLUG}", hinted, "limit", 0.25)


def warm() -> Iterator[Measure]:
    """A check of a right submission, in a host forked for it."""
    figures = [one for _, some in warm_checks(SLUG, _ROUNDS) for one in some]
    yield Measure("a check, warm", median(figures) * 1e3, "limit", 8, unit="ms")


def watch() -> Iterator[Measure]:
    """What `kata watch` does between a save and the verdict."""
    kata = find_kata(SLUG)
    submission = read_submission(kata.solution, kata.manifest.file)
    grader = Grader()

    def saved() -> None:
        grader.order(kata, submission)
        while not any(isinstance(said, Graded) for said in grader.receive()):
            pass

    try:
        (figure,) = _medians(saved)
    finally:
        grader.close()
    yield Measure("from a save to the verdict", figure, "limit", 0.3)


def _write_class(root: Path, learners: int, texts: int) -> list[Path]:
    """Hand in solutions, so many of them different from each other."""
    text = find_kata(SLUG).solution.read_text(encoding="utf-8")
    files = [root / f"learner{one:05}" / SLUG / "app.py" for one in range(learners)]
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True)
        file.write_text(f"{text}\n# {number % texts}\n", encoding="utf-8")
    return files


def _grade(root: Path) -> float:
    """Seconds that it takes to grade a class."""
    out = str(root.with_suffix(".out"))
    grade = "-m", "graders.cli", "grade", str(root), "--kata", SLUG, "--out", out
    return seconds(lambda: run(*grade))


def batch(count: int = 200, alone: int = 6) -> Iterator[Measure]:
    """A class, against pytest once for each submission, as many at once as cores.

    Args:
        count: how many submissions the class has, each a text of its own.
        alone: how many of them pytest grades.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "class"
        files = _write_class(root, count, count)
        graded = _grade(root)

        def one_by_one() -> None:
            with ThreadPoolExecutor(cores()) as several:
                list(
                    several.map(lambda file: run(*pytest_of(SLUG, file)), files[:alone])
                )

        single = seconds(one_by_one)
    yield Measure(
        f"submissions of a class of {count}",
        count / graded,
        f"pytest, once for each, {cores()} at once",
        alone / single,
        aim=25,
        unit="a second",
        more=True,
    )


def again(learners: int = 1_000, texts: int = 20) -> Iterator[Measure]:
    """A class that has been graded before, and has not changed.

    Args:
        texts: how many of them are different, and have to be graded the first time.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "class"
        _write_class(root, learners, texts)
        _grade(root)
        figure = median([_grade(root) for _ in range(3)])
    yield Measure(f"the same class of {learners:,} again", figure, "limit", 1.0)


MEASURES = cold, warm, watch, batch, again

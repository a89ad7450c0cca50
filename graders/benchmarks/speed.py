"""What grading costs in real time: `python -m graders.benchmarks.speed [SLUG]`.

Prints medians with minimum and maximum. The cold figure is compared, run by run in
turn, with a cold pytest run of one trivial FastAPI test.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from graders.proctor import (
    AUTO,
    NONE,
    Grading,
    HostPlan,
    find_kata,
    launcher,
    read_submission,
)

TRIVIAL = """
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/")
def root() -> str:
    return "ok"


def test_root() -> None:
    assert TestClient(app).get("/").json() == "ok"
"""


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def show(what: str, figures: list[float], unit: str = "ms", scale: float = 1e3) -> None:
    low, middle, high = min(figures), statistics.median(figures), max(figures)
    print(
        f"{what:42} {middle * scale:8.1f} {unit}"
        f"   ({low * scale:.1f} to {high * scale:.1f}, n={len(figures)})"
    )


def run(*arguments: str, home: str | None = None) -> None:
    """A command of Python's, from its start to its end.

    Args:
        home: the folder in which a learner's progress is kept, if not the usual one.

    Raises:
        subprocess.CalledProcessError: it fails, and what it took says nothing.
    """
    environment = os.environ if home is None else {**os.environ, "KATA_HOME": home}
    subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, env=environment
    )


def pytest_of(slug: str, submission: Path | None = None) -> list[str]:
    """The arguments with which pytest grades a kata; its solution when left out."""
    kata = find_kata(slug)
    chosen = str(submission or kata.solution)
    return ["-m", "pytest", "-q", str(kata.folder), "--submission", chosen]


def write_trivial_test(folder: str) -> list[str]:
    """Write one trivial FastAPI test; the arguments with which pytest runs it."""
    file = Path(folder) / "test_trivial.py"
    file.write_text(TRIVIAL, encoding="utf-8")
    return ["-m", "pytest", "-q", str(file)]


def warm_checks(slug: str, rounds: int) -> Iterator[tuple[str, list[float]]]:
    """Each check of a kata's solution, and what it took in hosts of a warm zygote."""
    kata = find_kata(slug)
    submission = read_submission(kata.solution, kata.manifest.file)
    with launcher() as hosts:
        Grading(kata, submission, hosts).verdict()
        for check in Grading(kata, submission, hosts).suite.checks:
            gradings = [Grading(kata, submission, hosts) for _ in range(rounds)]
            yield check.name, [seconds(partial(one.result, check)) for one in gradings]


def warm(slug: str, rounds: int = 10) -> None:
    """Each check of a kata's solution, in hosts forked from a warm zygote."""
    for name, figures in warm_checks(slug, rounds):
        show(name[:42], figures)


def walls(rounds: int = 100) -> None:
    """A host from its start until it is ready, behind the walls and in the open."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launcher() as hosts,
        open(os.devnull, "r+b") as nothing,
    ):
        standard = (nothing.fileno(),) * 3

        def start(sandbox: str) -> None:
            link = hosts.start(HostPlan(standard, Path(folder), sandbox=sandbox))
            link.take_turn(0)
            link.close()

        start(AUTO)
        pairs = [
            (seconds(lambda: start(AUTO)), seconds(lambda: start(NONE)))
            for _ in range(rounds)
        ]
    show("a host behind walls", [one for one, _ in pairs])
    show("a host in the open", [other for _, other in pairs])
    show("what the walls cost", [one - other for one, other in pairs])


def cold(slug: str, rounds: int = 7) -> None:
    """A whole `pytest katas/<slug>` against a whole pytest run of one trivial test."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = pytest_of(slug), write_trivial_test(folder)
        run(*ours)
        run(*theirs)
        pairs = [
            (seconds(lambda: run(*ours)), seconds(lambda: run(*theirs)))
            for _ in range(rounds)
        ]
    show(f"pytest katas/{slug}", [one for one, _ in pairs], "s", 1)
    show("pytest of one trivial FastAPI test", [other for _, other in pairs], "s", 1)
    show("ratio", [one / other for one, other in pairs], "", 1)


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "gather_the_dashboard"
    walls()
    warm(chosen)
    cold(chosen)

"""A batch that is killed again and again: `python -m graders.benchmarks.endurance`.

Right, wrong and hostile submissions to two katas are graded twice: undisturbed, and
with the process group killed (SIGKILL) at random points and started again. Prints how
long it took, what the biggest process of the graders held, and whether every verdict is
right and the same both times, and nothing is left behind.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated

import typer

from graders.proctor import Verdict, exhibits, find_kata
from graders.reports.formats import read_verdict
from graders.tests.hostile.corpus import HOSTILE, Mark, compose

KATAS = ("gather_the_dashboard", "no_blocking_sleep")
# So many of a hundred are tricks, which do not solve their kata.
HOSTILE_PART = 35


def hand_in(root: Path, count: int, choose: random.Random) -> dict[str, bool]:
    """Write a class.

    Args:
        root: each learner gets a folder there, with a folder for the kata.
        count: how many learners.

    Returns:
        For each "learner/kata", whether it is a right solution.
    """
    tricks = sorted(path.stem for path in HOSTILE.glob("row*.py"))
    hostile = count * HOSTILE_PART // 100
    right: dict[str, bool] = {}
    for number, slug in enumerate(islice(cycle(KATAS), count)):
        kata = find_kata(slug)
        if number < hostile:
            source, passes = compose(tricks[number % len(tricks)], kata.stub), False
        else:
            exhibit = choose.choice(exhibits(kata))
            source = f"# {number}\n{exhibit.source}"
            passes = exhibit.kind in ("solution", "accepted")
        learner = f"learner{number:03}"
        folder = root / learner / slug
        folder.mkdir(parents=True)
        (folder / "app.py").write_text(source, encoding="utf-8")
        right[f"{learner}/{slug}"] = passes
    return right


def start(root: Path, out: Path, mark: Mark) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "graders.cli", "grade", str(root)]
    return subprocess.Popen(
        [*command, "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:{mark.word}"},
        start_new_session=True,
    )


def verdicts(out: Path) -> dict[str, Verdict]:
    found = [read_verdict(path) for path in sorted((out / "verdicts").rglob("*.json"))]
    return {f"{one.learner}/{one.kata}": one.timeless for one in found}


def grade(root: Path, out: Path, mark: Mark) -> tuple[float, float]:
    """One undisturbed run: real seconds, and the most memory of a process in MB."""
    began, most = time.monotonic(), 0.0
    process = start(root, out, mark)
    while process.poll() is None:
        time.sleep(0.2)
        most = max([most, *map(_megabytes, mark.processes())])
    return time.monotonic() - began, most


def grade_killed(root: Path, out: Path, mark: Mark, kills: int, each: float) -> None:
    """Run until it ends, and kill it so many times before: after up to `each` s."""
    for _ in range(kills):
        process = start(root, out, mark)
        time.sleep(random.uniform(1, max(1.5, each)))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        print(f"killed at {len(verdicts(out))} verdicts")
    start(root, out, mark).wait()


def _megabytes(pid: int) -> float:
    """What a process of the graders holds; a host takes what its submission takes."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0.0
    if b"__main__.py" in command:
        return 0.0
    return int(pages) * os.sysconf("SC_PAGESIZE") / 2**20


def main(
    count: Annotated[int, typer.Option(min=2)] = 200,
    kills: Annotated[int, typer.Option(min=0)] = 10,
    seed: int = 1,
) -> None:
    """Grade a class twice, and compare."""
    mark = Mark()
    with tempfile.TemporaryDirectory() as folder:
        root, calm, killed = (
            Path(folder) / name for name in ("class", "calm", "killed")
        )
        right = hand_in(root, count, random.Random(seed))
        seconds, most = grade(root, calm, mark)
        first = verdicts(calm)
        print(
            f"{len(first)} verdicts in {seconds:.0f} s, at most {most:.0f} MB a process"
        )
        grade_killed(root, killed, mark, kills, seconds / max(1, kills))
        second = verdicts(killed)
        wrong = [
            name
            for name, passes in right.items()
            if (first[name].status == "passed") is not passes
        ]
        changed = [name for name in right if first[name] != second.get(name)]
        print(f"not as they should be: {wrong or 'none'}")
        print(f"changed by the kills: {changed or 'none'}")
        print(f"half-written files: {len(list(killed.rglob('*.part')))}")
    print(f"processes left: {len(mark.processes())}")
    raise typer.Exit(1 if wrong or changed else 0)


if __name__ == "__main__":
    typer.run(main)

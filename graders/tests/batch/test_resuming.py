"""A batch that is killed goes on from there, and nobody can tell from the results."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graders.proctor import Verdict
from graders.reports.formats import read_verdict
from graders.tests.interrupts import heard

KATA = "no_blocking_sleep"
LEARNERS = 6


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    root = tmp_path / "class"
    root.mkdir()
    for number in range(LEARNERS):
        # All are different, and none takes long to grade.
        (root / f"learner{number}.py").write_text(f"# {number}\nraise ValueError\n")
    return root


def start(handed_in: Path, out: Path) -> subprocess.Popen[bytes]:
    with heard():
        return subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "graders.cli",
                    "grade",
                    handed_in,
                    "--out",
                    out,
                ),
                *("--kata", KATA, "-j", "1", "--sandbox", "auto", "--seed", "7"),
            ],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )


def there(out: Path) -> dict[str, Verdict]:
    paths = sorted((out / "verdicts").glob("*.json"))
    return {path.name: read_verdict(path).timeless for path in paths}


def wait_for(process: subprocess.Popen[bytes], out: Path, verdicts: int) -> None:
    """Until so many verdicts are there."""
    while len(there(out)) < verdicts:
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError("it has ended too early")


def test_killing_it_at_any_point_changes_nothing(
    tmp_path: Path, handed_in: Path
) -> None:
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    assert start(handed_in, undisturbed).wait() == 1
    process = start(handed_in, out)
    wait_for(process, out, 2)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    left = Path((out / ".lock").read_text())
    assert left.is_dir()
    # Ctrl-C on a terminal reaches the workers as well.
    process = start(handed_in, out)
    wait_for(process, out, 4)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() in (1, 130)
    assert start(handed_in, out).wait() == 1
    assert not left.exists()

    assert there(out) == there(undisturbed)
    assert len(there(out)) == LEARNERS
    summaries = [(one / "summary.json").read_text() for one in (out, undisturbed)]
    assert summaries[0] == summaries[1]
    assert not list(out.rglob("*.part"))

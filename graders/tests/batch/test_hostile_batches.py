"""A batch ends with a gradebook, whatever is in it and whichever process is killed."""

from __future__ import annotations

import csv
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from graders.batch import _batch, _machine
from graders.batch._batch import Plan
from graders.batch._found import Intake
from graders.batch._grade import GRADEBOOK, Assignment, grade_all
from graders.batch._job import Job
from graders.proctor import (
    GRADER_ERROR,
    PASSED,
    Grading,
    Launcher,
    LauncherFailed,
    Options,
    Submission,
    Suite,
    Verdict,
    find_kata,
    load_suite,
)
from graders.proctor.submission.forbidden_names import NOTE
from graders.reports.formats import read_verdict
from graders.tests.hostile.corpus import HOSTILE, compose
from graders.tests.plugin.project import SEQUENTIAL, SOLUTION
from graders.workers import Answer, Pool

# What takes real seconds until it is stopped is graded elsewhere, one by one.
_LONG = ("row36_", "row43_", "row44_", "row45_", "row47_", "row50_", "row28_is_never")
_HOSTILE = 40
# Kinds of process that are killed while the batch is under way.
_KILLED = ("graders.workers", "zygote")

Telling = Callable[[Verdict], None]


@pytest.fixture
def handed_in(tmp_path: Path, tea_room: Path) -> Path:
    """Right and wrong neighbours, and hostile ones between them."""
    root = tmp_path / "class"
    application = tmp_path / "application.py"
    application.write_text(SOLUTION)
    names = sorted(path.stem for path in HOSTILE.glob("*.py"))
    tricks = [name for name in names if not name.startswith(_LONG)][:_HOSTILE]
    assert len(tricks) == _HOSTILE
    root.mkdir()
    for number, name in enumerate(tricks):
        (root / f"t{number:02}.py").write_text(compose(name, application))
        if number % 10 == 5:
            (root / f"t{number:02}_right.py").write_text(f"# {number}\n{SOLUTION}")
            (root / f"t{number:02}_wrong.py").write_text(f"# {number}\n{SEQUENTIAL}")
    return root


def graded(handed_in: Path, out: Path, settled: Telling = lambda verdict: None) -> None:
    @contextmanager
    def telling(intake: Intake) -> Iterator[Telling]:
        yield settled

    cache = out.with_name(f"{out.name}-cache")
    assignment = Assignment([handed_in], out, ["tea_room"], None, cache)
    grade_all(assignment, Plan(Options(reach=NOTE), jobs=2), telling)


def _offspring(parents: set[int], word: str) -> list[int]:
    """Processes that were started by these, with a word in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (path / "cmdline").read_text()
        except (OSError, IndexError):
            continue
        if parent in parents and word in command:
            found.append(int(path.name))
    return sorted(found)


@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_hostile_neighbours_and_killed_processes_change_nobodys_verdict(
    tmp_path: Path, handed_in: Path
) -> None:
    to_kill = list(_KILLED)
    settled: list[str] = []

    def kill_one(verdict: Verdict) -> None:
        settled.append(verdict.learner)
        if len(settled) < 8 or not to_kill:
            return
        workers = set(_offspring({os.getpid()}, _KILLED[0]))
        zygotes = _offspring(workers, _KILLED[1])
        victims = zygotes if to_kill[0] == _KILLED[1] else sorted(workers)
        if victims:
            os.kill(victims[0], signal.SIGKILL)
            to_kill.pop(0)

    out = tmp_path / "out"
    graded(handed_in, out, kill_one)
    assert to_kill == []
    everybody = sorted(path.stem for path in handed_in.glob("*.py"))
    with (out / GRADEBOOK).open(newline="", encoding="utf-8") as table:
        rows = list(csv.reader(table))
    assert len(rows) == 1 + len(everybody)
    assert sorted(settled) == everybody
    verdicts = {
        name: read_verdict(out / "verdicts" / f"{name}.json") for name in everybody
    }
    assert [n for n, v in verdicts.items() if v.status == GRADER_ERROR] == []
    for name, verdict in verdicts.items():
        if name.endswith("_right"):
            assert (verdict.status, verdict.score) == (PASSED, verdict.points)
        if name.endswith("_wrong"):
            failed = [one.category for one in verdict.results if one.outcome != PASSED]
            assert (verdict.status, failed) == ("failed", ["concurrency"])


def test_the_first_submission_cannot_end_the_batch_for_all(
    tmp_path: Path, tea_room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "class"
    root.mkdir()
    for name in ("a", "b"):
        (root / f"{name}.py").write_text(f"# {name}\n{SOLUTION}")

    class Struck(Pool[Job, Verdict]):
        """The first takes its zygote with it, as often as it is tried."""

        def answers(
            self, orders: Iterable[Job]
        ) -> Generator[tuple[Job, Answer[Verdict]]]:
            jobs = iter(orders)
            gone = "The zygote is gone."
            yield next(jobs), Answer(trouble=gone, launcher=True)
            yield from super().answers(jobs)

    monkeypatch.setattr(_batch, "Pool", Struck)
    out = tmp_path / "out"
    graded(root, out)
    statuses = [read_verdict(out / "verdicts" / f"{name}.json").status for name in "ab"]
    assert statuses == [GRADER_ERROR, PASSED]

    def nothing_starts(hosts: object, needs: object, sandbox: str) -> None:
        raise LauncherFailed("There is no seccomp.")

    monkeypatch.setattr(_machine, "walls_of_a_host", nothing_starts)
    with pytest.raises(LauncherFailed, match="no seccomp"):
        graded(root, tmp_path / "another")


def test_a_host_that_is_killed_from_outside_is_given_another_try(
    hosts: Launcher,
) -> None:
    kata = find_kata("no_blocking_sleep")
    source = (kata.reference / "solution.py").read_text(encoding="utf-8")
    suite = load_suite(kata)
    first, body = suite.checks[0], suite.checks[0].body
    times: list[int] = []

    def graded_when_killed(often: int) -> str:
        times.clear()

        async def killed(exam: object) -> None:
            times.append(1)
            if len(times) <= often:
                os.kill(exam._link._watch._pid, signal.SIGKILL)  # type: ignore[attr-defined]
            await body(exam)

        one = Suite([replace(first, body=killed)], suite.world)
        submission = Submission(Path("/handed/in/app.py"), "app.py", source)
        return Grading(kata, submission, hosts, suite=one).verdict().status

    assert graded_when_killed(1) == PASSED
    assert graded_when_killed(2) == "failed"
    assert len(times) == 2

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from graders.batch._job import BUDGET, Job, graded
from graders.proctor import PASSED, Options, Submission, Verdict, load_kata
from graders.tests.plugin.project import SOLUTION, SUITE, suite_file
from graders.workers import Answer, Pool

# A suite that ends the process that grades, or never comes to an end, for learners
# who ask for it. No submission can do that; a fault of the grader's could.
_FAULTY = SUITE.replace(
    "    reply =",
    """    import os, time
    if "end" in exam._submission.source:
        os.kill(os.getpid(), 9)
    if "orphan" in exam._submission.source:
        from pathlib import Path
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        for zygote in children.read_text().split():
            os.kill(int(zygote), 9)
    if "hang" in exam._submission.source:
        time.sleep(3600)
    reply =""",
    1,
)


def pool(tmp_path: Path, size: int, budget: float = BUDGET) -> Pool[Job, Verdict]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    task = partial(graded, Options(), 1)
    return Pool(task, size, budget=budget, scratch=str(scratch))


def job(key: str, kata: Path, extra: str = "") -> Job:
    source = f"{SOLUTION}\n# {extra}\n"
    submission = Submission(Path("/handed/in/app.py"), "app.py", source)
    return Job(key, load_kata(kata), submission)


def test_a_worker_that_ends_costs_one_try_and_nobody_elses_verdict(
    tmp_path: Path, tea_room: Path
) -> None:
    suite_file(tmp_path / "project").write_text(_FAULTY)
    made = pool(tmp_path, 2)

    def jobs() -> Iterator[Job]:
        yield job("first", tea_room)
        # It has begun with the first one by now, or is about to.
        os.kill(made.pids[0], signal.SIGKILL)
        yield job("second", tea_room, "end")

    with made:
        answers = {one.key: answer for one, answer in made.answers(jobs())}
    assert sorted(answers) == ["first", "second"]
    verdict = answers["first"].value
    assert verdict is not None
    assert verdict.status == PASSED
    trouble = "The process that graded it ended (signal 9)."
    assert answers["second"] == Answer(trouble=trouble)
    assert made.pids == []


def test_a_zygote_that_is_always_ended_costs_nobody_elses_verdict(
    tmp_path: Path, tea_room: Path
) -> None:
    suite_file(tmp_path / "project").write_text(_FAULTY)
    jobs = iter([job("first", tea_room, "orphan"), job("second", tea_room)])
    with pool(tmp_path, 1) as made:
        answers = {one.key: answer for one, answer in made.answers(jobs)}
    # The first one is told of, and the machine is not given up for it.
    trouble = "The process that starts submissions was ended by somebody."
    assert answers["first"] == Answer(trouble=trouble)
    assert answers["second"].value is not None
    assert answers["second"].value.status == PASSED


def test_grading_that_never_ends_is_stopped(tmp_path: Path, tea_room: Path) -> None:
    suite_file(tmp_path / "project").write_text(_FAULTY)
    with pool(tmp_path, 1, budget=0.5) as made:
        ((_, answer),) = made.answers([job("first", tea_room, "hang")])
    assert answer.trouble == "Grading it took more than 0.5 s of real time."
    assert list((tmp_path / "scratch").glob("kata-*")) == []

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import graders.suites
from graders.batch._orders import Answer, Job, Orders
from graders.batch._pool import Pool
from graders.proctor import PASSED
from graders.tests.plugin.project import SOLUTION, SUITE, suite_file

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


def orders(tmp_path: Path, repeat: int = 1) -> Orders:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    suites = list(graders.suites.__path__)
    return Orders(suites, str(scratch), "1", "auto", repeat, "refuse")


def job(number: int, kata: Path, extra: str = "") -> Job:
    return Job(number, str(kata), "app.py", f"{SOLUTION}\n# {extra}\n")


def test_a_worker_that_ends_costs_one_try_and_nobody_elses_verdict(
    tmp_path: Path, tea_room: Path
) -> None:
    suite_file(tmp_path / "project").write_text(_FAULTY)
    pool = Pool(orders(tmp_path), 2)

    def jobs() -> Iterator[Job]:
        yield job(0, tea_room)
        # It has begun with the first one by now, or is about to.
        os.kill(pool.pids[0], signal.SIGKILL)
        yield job(1, tea_room, "end")

    answers = {answer.number: answer for answer in pool.answers(jobs())}
    assert sorted(answers) == [0, 1]
    verdict = answers[0].verdict
    assert verdict is not None
    assert verdict.status == PASSED
    trouble = "The process that graded it ended (signal 9)."
    assert answers[1] == Answer(1, trouble=trouble)
    assert pool.pids == []


def test_a_zygote_that_is_always_ended_costs_nobody_elses_verdict(
    tmp_path: Path, tea_room: Path
) -> None:
    suite_file(tmp_path / "project").write_text(_FAULTY)
    jobs = iter([job(0, tea_room, "orphan"), job(1, tea_room)])
    answers = {one.number: one for one in Pool(orders(tmp_path), 1).answers(jobs)}
    # The first one is told of, and the machine is not given up for it.
    trouble = "The process that starts submissions was ended by somebody."
    assert answers[0] == Answer(0, trouble=trouble)
    assert answers[1].verdict is not None
    assert answers[1].verdict.status == PASSED


def test_grading_that_never_ends_is_stopped(tmp_path: Path, tea_room: Path) -> None:
    suite_file(tmp_path / "project").write_text(_FAULTY)
    pool = Pool(orders(tmp_path), 1, budget=0.5)
    (answer,) = pool.answers(iter([job(0, tea_room, "hang")]))
    assert answer.trouble == "Grading it took more than 0.5 s of real time."
    assert list((tmp_path / "scratch").glob("kata-*")) == []

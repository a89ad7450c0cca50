"""Verdicts of whole submissions, with a suite made for the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from graders.proctor import (
    BLOCKED,
    Bar,
    Check,
    Exam,
    Grading,
    Kata,
    Launcher,
    Manifest,
    Options,
    Submission,
    Suite,
    Verdict,
    check,
)

Grade = Callable[..., Verdict]


@check("errors", points=2, hint="Look at the route.")
async def answers(exam: Exam) -> None:
    """The page answers"""
    exam.expect_status(await exam.get("/"), 200)


@check("timeouts", points=3, hint="Do less.")
async def is_quick(exam: Exam) -> None:
    """The page is quick"""
    exam.expect_took(await exam.get("/"), 0.0)


@pytest.fixture
def grade(hosts: Launcher, tmp_path: Path) -> Grade:
    def grade(source: str, *checks: Check) -> Verdict:
        manifest = Manifest("T", 1, "core", 1, "x", {}, [])
        kata = Kata("kata_for_tests", tmp_path, manifest)
        submission = Submission(tmp_path / "app.py", "app.py", dedent(source).strip())
        suite = Suite(list(checks or (answers, is_quick)), lambda exam: None)
        # So much computing is without an end, and here is no time to wait for more.
        options = Options(cpu=2.0)
        return Grading(kata, submission, hosts, options, suite=suite).verdict()

    return grade


RIGHT = """
    from fastapi import FastAPI
    app = FastAPI()
    @app.get("/")
    async def page():
        return 1
"""


def test_a_right_submission_has_full_marks(grade: Grade) -> None:
    verdict = grade(RIGHT)
    assert (verdict.status, verdict.score, verdict.points) == ("passed", 8, 8)
    assert verdict.by_category() == {
        "errors": (2, 2),
        "timeouts": (3, 3),
        "blocking": (1, 1),
        "awaits": (1, 1),
        "resources": (1, 1),
    }


def test_the_same_submission_and_seed_give_the_same_verdict(grade: Grade) -> None:
    slow = RIGHT.replace("return 1", "import time; time.sleep(1)")
    assert grade(slow).timeless == grade(slow).timeless


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def f(:\n", "app.py:1: invalid syntax `def f(:`"),
        (
            "import pandas\n",
            "app.py:1: ModuleNotFoundError: No module named 'pandas'",
        ),
        (
            "import sys\nsys.exit(0)\n",
            "app.py:2 ends the program while it is imported (SystemExit: 0)",
        ),
        (
            "x = 1\nx / 0\n",
            "app.py:2 raised while it was imported: ZeroDivisionError: division by "
            "zero",
        ),
        ("", "app.py has no application named `app`"),
        (
            "from fastapi import FastAPI\nApp = FastAPI()\n",
            "app.py has no application named `app`; found one named `App`",
        ),
    ],
)
def test_a_submission_that_cannot_be_loaded_gives_one_line(
    grade: Grade, source: str, reason: str
) -> None:
    verdict = grade(source)
    assert (verdict.status, verdict.reason, verdict.score) == ("not loaded", reason, 0)
    assert [result.findings for result in verdict.results] == [[]] * 5


def test_a_submission_that_ends_its_process_is_told_so(grade: Grade) -> None:
    verdict = grade("import os\nos._exit(0)\n")
    assert verdict.status == "crashed"
    assert verdict.reason == (
        "Your program ended itself (exit 0) while it was imported, before any check "
        "ran."
    )


def test_a_process_that_ends_in_one_check_costs_only_that_check(grade: Grade) -> None:
    @check("errors", points=1, hint="")
    async def leaves(exam: Exam) -> None:
        """The exit answers"""
        exam.expect_status(await exam.get("/exit"), 200)

    source = (
        RIGHT
        + """
    @app.get("/exit")
    async def leave():
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    """
    )
    verdict = grade(source, leaves, answers)
    assert verdict.status == "failed"
    outcomes = {result.name: result.outcome for result in verdict.results}
    assert outcomes["leaves"] == "failed"
    assert outcomes["answers"] == "passed"
    assert "signal 9 (SIGKILL)" in verdict.results[0].findings[0].saw


def test_a_deadlock_is_told_with_the_line_that_waits(grade: Grade) -> None:
    verdict = grade(
        """
        import asyncio
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/")
        async def page():
            await asyncio.Event().wait()
        """,
        answers,
    )
    (finding,) = verdict.results[0].findings
    assert finding.saw == "a deadlock: app.py:6 waits for ever (Event.wait)"
    assert finding.line == "await asyncio.Event().wait()"


def test_a_loop_that_is_held_up_for_ever_is_told_with_the_call(grade: Grade) -> None:
    verdict = grade(
        """
        import threading
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/")
        async def page():
            threading.Event().wait()
        """,
        answers,
    )
    (finding,) = verdict.results[0].findings
    assert "Event.wait held the event loop up" in finding.saw
    assert finding.site is not None
    assert finding.site.line == 6


def test_who_waits_for_whom_is_told(grade: Grade) -> None:
    verdict = grade(
        """
        import asyncio
        from fastapi import FastAPI
        app = FastAPI()
        first, second = asyncio.Lock(), asyncio.Lock()
        async def both(one, other):
            async with one:
                await asyncio.sleep(1)
                async with other:
                    pass
        @app.get("/")
        async def page():
            await asyncio.gather(both(first, second), both(second, first))
        """,
        answers,
    )
    (finding,) = verdict.results[0].findings
    assert [
        (wait.site.line, wait.site.function, wait.what) for wait in finding.waits
    ] == [
        (12, "page", ""),
        (8, "both", "Lock.__aenter__"),
    ]
    assert finding.waits[1].line == "async with other:"


def test_what_held_up_the_loop_is_drawn_with_what_it_held_up(grade: Grade) -> None:
    @check("concurrency", points=1, hint="")
    async def both_are_quick(exam: Exam) -> None:
        """Two pages at once are quick"""
        replies = [exam.start("GET", "/"), exam.start("GET", "/")]
        for each in replies:
            exam.expect_took(await each.reply(), 1.0)

    verdict = grade(
        """
        import asyncio, time
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/")
        async def page():
            await asyncio.sleep(1)
            time.sleep(2)
        """,
        both_are_quick,
    )
    # One page slept after the other, and nothing could run in between.
    drawn = [Bar("time.sleep", 1.0, 5.0, BLOCKED)]
    (late,) = verdict.results[0].findings
    assert late.timeline == drawn
    (always,) = verdict.results[1].findings
    assert (always.saw, always.timeline) == ("time.sleep held it up", drawn)


def test_a_mistake_of_the_suite_is_never_the_learners(grade: Grade) -> None:
    @check("errors", points=1, hint="")
    async def broken(exam: Exam) -> None:
        """The suite is broken"""
        raise KeyError("suite")

    verdict = grade(RIGHT, broken)
    assert verdict.status == "grader error"
    assert "KeyError: 'suite'" in verdict.results[0].error


@pytest.mark.parametrize(
    ("handler", "category", "saw"),
    [
        (
            "asyncio.sleep(1)",
            "awaits",
            "sleep was called and never awaited",
        ),
        (
            "asyncio.create_task(asyncio.sleep(9_000), name='mailer')",
            "resources",
            "the task mailer was still running",
        ),
        (
            "app.state.client = httpx.AsyncClient()",
            "resources",
            "the AsyncClient opened here was never closed",
        ),
        (
            "asyncio.get_running_loop().create_task(fail())",
            "awaits",
            "a task ended with ValueError and nobody looked at it",
        ),
    ],
)
def test_what_is_left_behind_fails_its_category_and_names_the_line(
    grade: Grade, handler: str, category: str, saw: str
) -> None:
    verdict = grade(
        f"""
        import asyncio
        import httpx
        from fastapi import FastAPI
        app = FastAPI()

        async def fail():
            raise ValueError

        @app.get("/")
        async def page():
            {handler}
        """,
        answers,
    )
    lost = [result for result in verdict.results if result.outcome == "failed"]
    assert [result.category for result in lost] == [category]
    (finding,) = lost[0].findings
    assert finding.saw == saw
    assert finding.site is not None
    assert finding.line in (handler, "raise ValueError")


def test_start_up_that_raises_is_told_with_its_line(grade: Grade) -> None:
    verdict = grade(
        """
        from contextlib import asynccontextmanager
        from fastapi import FastAPI
        @asynccontextmanager
        async def lifespan(app):
            raise RuntimeError("no database")
            yield
        app = FastAPI(lifespan=lifespan)
        """,
        answers,
    )
    (finding,) = verdict.results[0].findings
    assert finding.expected == "the application starts"
    assert finding.saw == "startup raised RuntimeError: no database"
    assert finding.line == 'raise RuntimeError("no database")'


def test_an_endless_computation_is_stopped_and_named(grade: Grade) -> None:
    verdict = grade(
        """
        from fastapi import FastAPI
        app = FastAPI()
        @app.get("/")
        async def page():
            while True:
                pass
        """,
        answers,
    )
    (finding,) = verdict.results[0].findings
    assert "computed for" in finding.saw

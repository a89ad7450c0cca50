"""What a suite does not expect: told as a finding where a submission has caused it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import msgspec
import pytest

from graders.proctor import (
    Check,
    CheckFailed,
    Exam,
    Grading,
    Kata,
    Launcher,
    Manifest,
    Submission,
    Suite,
    check,
)
from graders.tests.exams import Examine

_SECRET = {"soup": 3}

GIVEN = """
    async def price(dish: str) -> int:
        return 3
"""

RIGHT = """
    from fastapi import FastAPI
    from given import price
    app = FastAPI()

    @app.get("/")
    async def page():
        return {"price": await price("soup")}
"""

Grade = Callable[..., Grading]


@check("errors", points=1, hint="Look at the brief.")
async def reads(exam: Exam) -> None:
    """The page tells the price"""
    reply = await exam.get("/")
    exam.expect(exam.json_of(reply)["price"] > 2, "a price", "another")


@check("errors", points=1, hint="Look at the brief.")
async def counts_calls(exam: Exam) -> None:
    """The dish is on the menu"""
    await exam.get("/")
    for call in exam.services.price.calls:
        assert _SECRET[call.arguments["dish"]]


@check("errors", points=1, hint="Look at the brief.")
async def answers(exam: Exam) -> None:
    """The page answers"""
    exam.expect_status(await exam.get("/"), 200)


@pytest.fixture
def grade(hosts: Launcher, tmp_path: Path) -> Grade:
    """Grade a source, with the right one as the kata's solution unless told not to."""

    def grade(
        source: str,
        checks: Check,
        *,
        witness: str | None = RIGHT,
        prices: Any = lambda dish: _SECRET[dish],
    ) -> Grading:
        folder, reference = tmp_path / "katas" / "k", tmp_path / "reference" / "k"
        for path in (folder, reference):
            path.mkdir(parents=True)
        (folder / "given.py").write_text(dedent(GIVEN))
        if witness is not None:
            (reference / "solution.py").write_text(dedent(witness))
        manifest = Manifest("T", 1, "core", 1, "x", {}, [], {"price": "async"})

        def world(exam: Exam) -> None:
            exam.services.price.answers(prices)

        suite = Suite([checks], world)
        submission = Submission(tmp_path / "app.py", "app.py", dedent(source))
        kata = Kata("k", folder, manifest)
        grading = Grading(kata, submission, hosts, suite=suite)
        grading.verdict()
        return grading

    return grade


def _told(grading: Grading) -> tuple[str, str, str, str]:
    """The status, and the finding of the check."""
    verdict = grading.verdict()
    (finding,) = verdict.results[0].findings
    return verdict.status, finding.expected, finding.saw, finding.line


@pytest.mark.parametrize("witness", [RIGHT, None])
@pytest.mark.parametrize(
    ("answer", "saw"),
    [
        ("[]", "200 and '[]'"),
        ("5", "200 and '5'"),
        ("None", "200 and 'null'"),
        ("{'prize': 3}", "200 and '{\"prize\":3}'"),
        ("{'price': 'three'}", '200 and \'{"price":"three"}\''),
    ],
)
def test_an_answer_of_another_shape_is_a_finding_with_its_line(
    grade: Grade, witness: str | None, answer: str, saw: str
) -> None:
    source = RIGHT.replace('{"price": await price("soup")}', answer)
    grading = grade(source, reads, witness=witness)
    told = ("failed", "GET / answers as the brief describes", saw, f"return {answer}")
    assert _told(grading) == told
    assert "in reads" in grading.surprises["reads"]


def test_no_learner_sees_the_traceback(grade: Grade) -> None:
    grading = grade(RIGHT.replace('{"price": await price("soup")}', "[]"), reads)
    shown = msgspec.json.encode(grading.verdict()).decode()
    for word in ("Traceback", "test_surprises", "TypeError", __file__):
        assert word not in shown


@pytest.mark.parametrize("witness", [RIGHT, None])
def test_a_service_that_is_asked_for_what_it_does_not_have_is_a_finding(
    grade: Grade, capfd: pytest.CaptureFixture[str], witness: str | None
) -> None:
    grading = grade(RIGHT.replace("soup", "stone"), answers, witness=witness)
    assert _told(grading) == (
        "failed",
        "`price` is asked for what there is",
        "it got dish='stone'",
        'return {"price": await price("stone")}',
    )
    assert capfd.readouterr() == ("", "")


def test_a_submission_that_outlives_the_error_is_told_of_it_as_well(
    grade: Grade,
) -> None:
    source = """
        from fastapi import FastAPI
        from given import price
        app = FastAPI()

        @app.get("/")
        async def page():
            try:
                await price("stone")
            except LookupError:
                return {}
    """
    assert _told(grade(source, answers))[2] == "it got dish='stone'"


def test_a_call_that_the_suite_cannot_understand_is_a_finding(grade: Grade) -> None:
    grading = grade(RIGHT.replace("soup", "stone"), counts_calls, prices=lambda dish: 5)
    assert _told(grading)[1:3] == (
        "`price` is asked for what there is",
        "it got dish='stone'",
    )


@pytest.mark.parametrize("checks", [reads, answers, counts_calls])
def test_what_the_solution_meets_as_well_is_a_grader_error(
    grade: Grade, checks: Check
) -> None:
    def prices(dish: str) -> int:
        raise ZeroDivisionError("in the suite")

    wrong = RIGHT.replace("soup", "stone")
    verdict = grade(wrong, checks, prices=prices).verdict()
    assert verdict.status == "grader error"
    assert "ZeroDivisionError: in the suite" in verdict.results[0].error


@pytest.mark.parametrize(
    ("prices", "error"),
    [
        (lambda dish: object(), "cannot be sent"),
        (lambda dish: "three", "price() answered: Expected `int`, got `str`"),
    ],
)
@pytest.mark.parametrize("source", [RIGHT, RIGHT.replace("page", "start")])
def test_an_answer_that_no_service_gives_is_a_grader_error(
    grade: Grade,
    capfd: pytest.CaptureFixture[str],
    prices: Any,
    error: str,
    source: str,
) -> None:
    verdict = grade(source, answers, prices=prices).verdict()
    assert verdict.status == "grader error"
    assert error in verdict.results[0].error
    assert capfd.readouterr() == ("", "")


def test_an_error_in_a_callback_of_the_suite_is_not_lost(
    grade: Grade, capfd: pytest.CaptureFixture[str]
) -> None:
    @check("errors", points=1, hint="")
    async def calls_back(exam: Exam) -> None:
        """The page answers"""
        asyncio.get_running_loop().call_soon(lambda: [][0])
        exam.expect_status(await exam.get("/"), 200)

    verdict = grade(RIGHT.replace("page", "start"), calls_back).verdict()
    assert verdict.status == "grader error"
    assert "IndexError" in verdict.results[0].error
    assert capfd.readouterr() == ("", "")


def test_a_task_of_the_suite_that_nobody_awaits_prints_nothing(
    grade: Grade, capfd: pytest.CaptureFixture[str]
) -> None:
    @check("errors", points=1, hint="")
    async def forgets(exam: Exam) -> None:
        """The page answers"""

        async def fail() -> None:
            raise CheckFailed.__new__(CheckFailed)

        task = asyncio.create_task(fail())
        exam.expect_status(await exam.get("/"), 200)
        assert task.done()

    assert grade(RIGHT, forgets).verdict().status == "passed"
    assert capfd.readouterr() == ("", "")


_TABLES = """
    import os
    import sqlite3
    from fastapi import FastAPI

    app = FastAPI()
    PATH = os.environ["DATABASE_URL"].partition("///")[2]

    async def create_tables(statement):
        with sqlite3.connect(PATH) as connection:
            connection.execute(statement)
        connection.close()

    @app.get("/")
    async def page():
        {statement}
"""


@pytest.mark.parametrize(
    ("statement", "expected", "saw", "line"),
    [
        (
            "pass",
            "the tables are there when the application has started",
            "there is none",
            "",
        ),
        (
            "await create_tables('CREATE TABLE other (id)')",
            "the tables are there when the application has started",
            "`notes` is missing",
            "await create_tables('CREATE TABLE other (id)')",
        ),
        (
            "open(PATH, 'w').write('text')",
            "the database can be used by others between two requests",
            "it is no database any more",
            "",
        ),
        (
            "os.mkdir(PATH)",
            "the database can be used by others between two requests",
            "it is no database any more",
            "",
        ),
    ],
)
def test_a_database_without_its_tables_is_a_failed_check(
    examine: Examine, statement: str, expected: str, saw: str, line: str
) -> None:
    async def body(exam: Exam) -> None:
        await exam.get("/")
        with pytest.raises(CheckFailed) as caught:
            exam.database.execute("INSERT INTO notes (text) VALUES ('a')")
        finding = caught.value.finding
        assert (finding.expected, finding.saw, finding.line) == (expected, saw, line)
        assert finding.site or finding.no_site

    examine(_TABLES.format(statement=statement), body, database=True)


def test_tables_of_another_make_are_a_finding(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        await exam.get("/")
        try:
            exam.database.execute("INSERT INTO notes (text) VALUES ('a')")
        except sqlite3.OperationalError as exc:
            exam.surprised(exc)
        (surprise,) = exam.surprises
        assert surprise.finding.saw == "the exam cannot work with them"
        assert "no column named text" in surprise.error

    statement = "await create_tables('CREATE TABLE notes (id)')"
    examine(_TABLES.format(statement=statement), body, database=True)


def test_half_a_character_in_an_answer_can_be_told(grade: Grade) -> None:
    source = """
        from fastapi import FastAPI, Response
        app = FastAPI()

        @app.get("/")
        async def page():
            return Response('{"price": 0, "\\\\ud800": "\\\\ud800"}')
    """

    @check("errors", points=1, hint="")
    async def quotes(exam: Exam) -> None:
        """The page says it"""
        body = exam.json_of(await exam.get("/"))
        exam.fail("nothing", "".join(body), no_site="it does not matter")

    verdict = grade(source, quotes).verdict()
    assert verdict.results[0].findings[0].saw == "price\\ud800"
    assert b"price" in msgspec.json.encode(verdict)


def test_a_person_is_told_where_the_suite_did_not_expect_it(grade: Grade) -> None:
    verdict = grade(RIGHT.replace("soup", "stone"), answers).verdict()
    (note,) = verdict.notes
    assert note.startswith("The suite met what it does not expect")
    assert " in answers. " in note

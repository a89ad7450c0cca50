"""What is told first leads to the mistake: of a deadlock, an error, a task."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from graders.proctor import (
    CheckFailed,
    Deadlock,
    Exam,
    Finding,
    LifespanFailed,
    ProtocolError,
    Submission,
    check,
)
from graders.proctor.exam.explanations import explained
from graders.proctor.grading.endings import (
    deadlock_finding,
    lifespan_finding,
    protocol_finding,
)
from graders.tests.exams import Body, Examine
from graders.wire import Evidence, Site

GIVEN = """
    class ServiceDown(Exception): ...

    async def labs(patient: int) -> str: ...

    async def page(patient: int) -> str: ...
"""
SERVICES = {"labs": "async", "page": "async"}
BEGINNING = dedent(
    """
    import asyncio
    from contextlib import asynccontextmanager
    import httpx
    from fastapi import Depends, FastAPI, HTTPException
    from given import ServiceDown, labs, page

    """
)


@check("errors", points=1, hint="the hint")
async def nothing(exam: Exam) -> None:
    """Nothing is checked"""


def found(examine: Examine, text: str, body: Body) -> tuple[Finding, int]:
    """What a learner is told, and the line that is marked."""
    source = BEGINNING + dedent(text)
    submission = Submission(Path("app.py"), "app.py", source)
    findings: list[Finding] = []

    async def told(exam: Exam) -> None:
        try:
            await exam.lifespan.start()
            await body(exam)
        except CheckFailed as exc:
            findings.append(exc.finding)
        except LifespanFailed as exc:
            findings.append(lifespan_finding(exc, submission))
        except Deadlock as exc:
            made = deadlock_finding(exc, submission, nothing, exam.calls)
            findings.append(made)
        except ProtocolError as exc:
            site = exam.answer(exc.run) if exc.run is not None else None
            findings.append(protocol_finding(exc, submission, nothing, site))

    examine(source, told, given=GIVEN, services=SERVICES, lifespan=False, finish=False)
    lines = source.splitlines()
    (finding,) = findings
    return finding, next(n for n, line in enumerate(lines, 1) if line.endswith("# <-"))


def line_of(finding: Finding) -> int:
    assert finding.site is not None
    return finding.site.line


# --- the exam's own gates -------------------------------------------------------------

WAITS_FOR_LABS = """
    app = FastAPI()

    @app.get("/labs")
    async def index():
        return await labs(1)  # <-
"""


def test_who_waits_at_a_gate_of_the_exams_is_in_no_deadlock(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        with exam.services.labs.gate():
            await exam.get("/labs")

    finding, line = found(examine, WAITS_FOR_LABS, body)
    assert finding.expected == "an answer while labs is kept waiting"
    assert "deadlock" not in finding.saw
    assert line_of(finding) == line


def test_calls_that_never_come_are_counted(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        with exam.services.labs.gate():
            exam.start("GET", "/labs")
            await exam.calls_in_flight(2, "labs")

    finding, line = found(examine, WAITS_FOR_LABS, body)
    assert finding.expected == "2 calls of labs in flight at once"
    assert finding.saw == "1"
    assert line_of(finding) == line


def test_who_waits_for_something_else_meanwhile_is(examine: Examine) -> None:
    text = """
        app = FastAPI()
        never = asyncio.Event()

        @app.get("/labs")
        async def index():
            await labs(1)

        @app.get("/stuck")
        async def stuck():
            await never.wait()  # <-
    """

    async def body(exam: Exam) -> None:
        with exam.services.labs.gate():
            exam.start("GET", "/labs")
            await exam.get("/stuck")

    finding, line = found(examine, text, body)
    assert "deadlock" in finding.saw
    assert line_of(finding) == line


# --- the error that comes first -------------------------------------------------------

CLOSES = {
    "a close in a finally": """
        class Link:
            async def close(self):
                raise RuntimeError("busy")

        app = FastAPI()

        @app.get("/")
        async def index():
            link = Link()
            try:
                raise ValueError("no such aisle")  # <-
            finally:
                await link.close()
    """,
    "a rollback in an except": """
        class Link:
            async def rollback(self):
                raise RuntimeError("busy")

        app = FastAPI()

        @app.get("/")
        async def index():
            link = Link()
            try:
                raise ValueError("no such aisle")  # <-
            except Exception:
                await link.rollback()
                raise
    """,
    "the end of a with": """
        class Link:
            async def __aenter__(self):
                return self

            async def __aexit__(self, *exc_info):
                raise RuntimeError("busy")

        app = FastAPI()

        @app.get("/")
        async def index():
            async with Link():
                raise ValueError("no such aisle")  # <-
    """,
    "the end of a dependency": """
        class Link:
            async def __aenter__(self):
                return self

            async def __aexit__(self, *exc_info):
                await self.close()

            async def close(self):
                raise RuntimeError("busy")

        async def link():
            async with Link() as one:
                yield one

        app = FastAPI()

        @app.get("/")
        async def index(one=Depends(link)):
            raise ValueError("no such aisle")  # <-
    """,
    "a close within a close": """
        class Link:
            async def close(self):
                try:
                    raise RuntimeError("busy")
                finally:
                    await self.aclose()

            async def aclose(self):
                raise LookupError("no link")

        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                raise ValueError("no such aisle")  # <-
            finally:
                await Link().close()
    """,
}


async def _ask(exam: Exam) -> None:
    exam.expect_status(await exam.get("/"), 200)


@pytest.mark.parametrize("name", CLOSES)
def test_an_error_on_the_way_out_does_not_hide_the_first(
    examine: Examine, name: str
) -> None:
    finding, line = found(examine, CLOSES[name], _ask)
    assert finding.saw.startswith("500, because ValueError was raised: no such aisle")
    assert "on the way out" in finding.saw
    assert line_of(finding) == line


OTHERS = {
    "another error made of it": """
        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                await labs(1)
            except ServiceDown:
                raise ValueError("no such aisle")  # <-
    """,
    "a mistake in a handler": """
        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                await labs(1)
            except ServiceDown:
                raise ValueError(no_such_name)  # <-
    """,
    "a close after an error that was to be expected": """
        class Link:
            def close(self):
                raise RuntimeError("busy")  # <-

        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                await labs(1)
            finally:
                Link().close()
    """,
}


@pytest.mark.parametrize("name", OTHERS)
def test_any_other_error_is_told_itself(examine: Examine, name: str) -> None:
    async def body(exam: Exam) -> None:
        exam.services.labs.fails("ServiceDown")
        await _ask(exam)

    finding, line = found(examine, OTHERS[name], body)
    assert "ServiceDown" not in finding.saw
    assert "on the way out" not in finding.saw
    assert line_of(finding) == line


def test_an_error_at_start_up_is_told_with_what_helps(examine: Examine) -> None:
    text = """
        @asynccontextmanager
        async def lifespan(app):
            asyncio.run(asyncio.sleep(1))  # <-
            yield

        app = FastAPI(lifespan=lifespan)
    """

    async def body(exam: Exam) -> None: ...

    finding, line = found(examine, text, body)
    assert "await the coroutine" in finding.advice
    assert line_of(finding) == line


# --- errors that were caught ----------------------------------------------------------


def test_an_error_that_became_an_answer_is_told(examine: Examine) -> None:
    text = """
        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                return await labs(1)
            except ServiceDown:  # <-
                raise HTTPException(504)
    """

    async def body(exam: Exam) -> None:
        exam.services.labs.fails("ServiceDown", "labs")
        exam.expect_status(await exam.get("/"), 502)

    finding, line = found(examine, text, body)
    assert finding.saw == "504, after ServiceDown was raised: labs"
    assert line_of(finding) == line


def test_a_mistake_that_everything_catches_has_its_own_line(examine: Examine) -> None:
    text = """
        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                answer = labs(1)
                return answer.upper()  # <-
            except Exception:
                raise HTTPException(502)
    """
    finding, line = found(examine, text, _ask)
    assert finding.saw.startswith("502, after AttributeError was raised: 'coroutine'")
    assert "not awaited" in finding.advice
    assert line_of(finding) == line


def test_so_has_a_slip_of_the_pen(examine: Examine) -> None:
    text = """
        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                return (await labs(1)).uper()  # <-
            except Exception:
                raise HTTPException(404)
    """

    async def body(exam: Exam) -> None:
        exam.services.labs.answers("x")
        await _ask(exam)

    finding, line = found(examine, text, body)
    assert finding.saw.startswith("404, after AttributeError was raised")
    assert finding.advice.startswith("This line itself is wrong")
    assert line_of(finding) == line


def test_an_error_that_was_dealt_with_is_not_told(examine: Examine) -> None:
    text = """
        app = FastAPI()

        @app.get("/")
        async def index():
            try:
                await labs(1)
            except ServiceDown:
                pass
            raise HTTPException(418)  # <-
    """

    async def body(exam: Exam) -> None:
        exam.services.labs.fails("ServiceDown")
        await _ask(exam)

    finding, line = found(examine, text, body)
    assert finding.saw == "418"
    assert line_of(finding) == line


# --- tasks of tasks -------------------------------------------------------------------


def test_a_call_knows_who_started_the_task_that_started_its_task(
    examine: Examine,
) -> None:
    text = """
        app = FastAPI()

        async def both():
            await asyncio.gather(labs(1), page(1))

        @app.get("/")
        async def index():
            asyncio.create_task(both())  # <-
    """

    async def body(exam: Exam) -> None:
        await exam.get("/")
        await exam.settle()
        (call,) = exam.services.labs.calls
        exam.fail("x", "y", site=call.outermost)

    finding, line = found(examine, text, body)
    assert line_of(finding) == line


# --- explanations ---------------------------------------------------------------------

FINDING = Finding("3 links", "4", "the hint", Site("app.py", 2))
SUBMISSION = Submission(Path("app.py"), "app.py", "one\ntwo\nthree\n")


def test_a_mistake_that_was_seen_explains_a_finding() -> None:
    seen = Evidence("released and never taken", "Semaphore", 0, Site("app.py", 3))
    told = explained(FINDING, [seen], SUBMISSION)
    assert told.saw == (
        "4, after a Semaphore was released by a request that had not got it"
    )
    assert (line_of(told), told.line) == (3, "three")
    assert told.advice != FINDING.advice


def test_other_evidence_does_not() -> None:
    other = [
        Evidence("blocked", "time.sleep", 0, Site("app.py", 3)),
        Evidence("released and never taken", "Semaphore", 0, None),
    ]
    assert explained(FINDING, other, SUBMISSION) == FINDING


# --- what is no response --------------------------------------------------------------


def test_a_response_that_breaks_the_rules_has_the_line_that_makes_it(
    examine: Examine,
) -> None:
    text = """
        from fastapi import Response

        app = FastAPI()

        @app.get("/labs")
        async def index():
            length = {"content-length": "5"}
            return Response("four", headers=length)  # <-
    """

    async def body(exam: Exam) -> None:
        await exam.get("/labs")

    finding, line = found(examine, text, body)
    assert finding.expected == "a response as ASGI has it"
    assert line_of(finding) == line

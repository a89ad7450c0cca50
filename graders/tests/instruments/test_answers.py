"""The line that made an answer, or a part of one."""

from __future__ import annotations

from textwrap import dedent

import pytest

from graders.proctor import Exam
from graders.tests.exams import Examine

BEGINNING = dedent(
    """
    import asyncio
    from contextlib import asynccontextmanager
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import JSONResponse
    from pydantic import BaseModel

    app = FastAPI()
    """
)

ANSWERS = {
    "the only return": """
        @app.get("/")
        async def index():
            await asyncio.sleep(1)
            return 1  # <-
    """,
    "one of two returns": """
        @app.get("/")
        async def index():
            if app.title:
                return 1  # <-
            return 2
    """,
    "a return from within a context": """
        @app.get("/")
        async def index():
            async with asyncio.timeout(2):
                async with asyncio.Lock():
                    return 1  # <-
            return 2
    """,
    "a return before a finally": """
        @app.get("/")
        async def index():
            try:
                return 1  # <-
            finally:
                await asyncio.sleep(0)
    """,
    "a return of several lines": """
        @app.get("/")
        async def index():
            return {  # <-
                "one": 1,
                "two": 2,
            }
    """,
    "an exception": """
        @app.get("/")
        async def index():
            check()
            return 1

        def check():
            raise HTTPException(  # <-
                status_code=418,
            )
    """,
    "an exception that was caught": """
        @app.get("/")
        async def index():
            try:
                raise HTTPException(418)
            except HTTPException:
                return 1  # <-
    """,
    "a handler of errors": """
        @app.get("/")
        async def index():
            return {}["x"]

        @app.exception_handler(LookupError)
        async def missing(request, error):
            return JSONResponse("missing", 404)  # <-
    """,
    "an exception made of one of his own": """
        @app.get("/")
        async def index():
            try:
                check()
            except LookupError:
                raise HTTPException(418)

        def check():
            raise LookupError  # <-
    """,
    "an exception made of another's": """
        @app.get("/")
        async def index():
            try:
                async with asyncio.timeout(1):
                    await asyncio.sleep(2)
            except TimeoutError:
                raise HTTPException(418)  # <-
    """,
    "an endpoint in a thread": """
        @app.get("/")
        def index():
            return 1  # <-
    """,
    "below a middleware": """
        class Middleware:
            def __init__(self, app):
                self.app = app

            async def __call__(self, scope, receive, send):
                await self.app(scope, receive, send)

        app.add_middleware(Middleware)

        @app.get("/")
        async def index():
            return 1  # <-
    """,
    "no line of its own": """
        @app.get("/")
        async def index(number: int):  # <-
            return 1
    """,
    "no return": """
        @app.get("/")
        async def index():
            await asyncio.sleep(0)  # <-
    """,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_line_is_named(examine: Examine, name: str) -> None:
    source = BEGINNING + dedent(ANSWERS[name])
    lines = source.splitlines()
    (line,) = (number for number, text in enumerate(lines, 1) if "# <-" in text)

    async def body(exam: Exam) -> None:
        reply = await exam.get("/")
        site = exam.answer(reply.run)
        assert site is not None
        assert site.line == line

    examine(source, body)


PARTS = BEGINNING + dedent(
    """
    class Row(BaseModel):
        name: str

    class Page(BaseModel):
        rows: list[Row]

    def row(name):
        return Row(name=name)  # a row

    @app.get("/")
    async def index():
        rows = [row("a"), Row(name="b")]
        return Page(rows=rows)  # the page

    @app.get("/plain")
    async def plain():
        return {"rows": [row("a"), {"name": "b"}]}  # plain
    """
)


@pytest.mark.parametrize(
    ("target", "path", "text"),
    [
        ("/", "rows[0].name", "return Row(name=name)"),
        ("/", "rows[1]", 'rows = [row("a"), Row(name="b")]'),
        ("/", "rows", "return Page(rows=rows)"),
        ("/", "rows[10].name", "return Page(rows=rows)"),
        ("/plain", "rows[0].name", "return Row(name=name)"),
        ("/plain", "rows[1].name", 'return {"rows": [row("a"), {"name": "b"}]}'),
    ],
)
def test_the_line_that_made_a_part_is_named(
    examine: Examine, target: str, path: str, text: str
) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get(target)
        line = exam.line_of(exam.answer(reply.run, path))
        assert line.split("  #")[0] == text

    examine(PARTS, body)


def test_what_an_endpoint_holds_is_let_go_of_when_it_returns(examine: Examine) -> None:
    source = BEGINNING + dedent(
        """
        class Held:
            def __del__(self):
                gone.append(1)

        gone = []

        @app.get("/")
        async def index():
            held = Held()
            await asyncio.sleep(0)
            return 1

        @app.get("/gone")
        async def count():
            return len(gone)
        """
    )

    async def body(exam: Exam) -> None:
        await exam.get("/")
        assert (await exam.get("/gone")).json() == 1

    examine(source, body)

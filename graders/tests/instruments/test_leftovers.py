"""What is left behind is found, wherever it was made."""

from __future__ import annotations

from graders.proctor import Exam
from graders.tests.exams import Examine

FORGETFUL = """
    from fastapi import FastAPI
    from given import write_line

    app = FastAPI()

    @app.get("/")
    def forget():
        write_line()
"""

GIVEN = """
    async def write_line() -> None: ...
"""


def test_a_coroutine_never_awaited_in_a_thread_has_its_line(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 200

    evidence = examine(FORGETFUL, body, given=GIVEN, services={"write_line": "async"})
    (item,) = evidence
    assert (item.kind, item.detail) == ("never awaited", "write_line")
    assert item.site is not None
    assert (item.site.line, item.site.function) == (9, "forget")

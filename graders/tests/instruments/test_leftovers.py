"""What is left behind is found, wherever it was made."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        # The one who waited has gone: what comes for it is nobody's loss.
        ("gone.set_result(1)", []),
        ("[].pop()", ["unhandled"]),
    ],
)
def test_a_result_that_comes_too_late_is_no_unhandled_error(
    examine: Examine, outcome: str, kinds: list[str]
) -> None:
    app = f"""
        import asyncio
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def ask():
            loop = asyncio.get_running_loop()
            gone = loop.create_future()
            gone.cancel()
            loop.call_soon(lambda: {outcome})
            await asyncio.sleep(1)
    """

    async def body(exam: Exam) -> None:
        assert (await exam.get("/")).status == 200

    assert [item.kind for item in examine(app, body)] == kinds

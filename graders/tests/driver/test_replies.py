"""Requests and replies."""

from __future__ import annotations

from graders.proctor import Exam
from graders.tests.exams import Examine

APP = """
    from fastapi import FastAPI
    app = FastAPI()

    @app.get("/")
    async def index() -> dict[str, int]:
        return {"a": 1}
"""


def test_a_request_is_answered(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        reply = await exam.get("/")
        assert (reply.status, reply.json(), reply.took) == (200, {"a": 1}, 0.0)

    assert examine(APP, body) == []

"""What a reply of a service that has been started is expected to be."""

from __future__ import annotations

from typing import Any

from graders.proctor import Exam, Reply
from graders.suites.client_with_a_life.world import Quotes, some_base


async def expect_rates(exam: Exam, quotes: Quotes) -> Reply:
    """Some currency's rates are answered as the API quotes them."""
    base = some_base(exam, quotes)
    reply = await exam.get(f"/rates/{base}")
    expect_quoted(exam, reply, quotes[base])
    return reply


def expect_quoted(exam: Exam, reply: Reply, quoted: Any) -> None:
    """The reply is what the rates API says."""
    expect_started(exam, reply)
    exam.expect_json(reply, quoted, source="the rates API")


def expect_started(exam: Exam, reply: Reply, status: int = 200) -> None:
    """The reply has this status; a 503 says that start-up has not done its work."""
    made = exam.database.of("client opened")
    if reply.status != 503 or (made and status != 200):
        exam.expect_status(reply, status)
        return
    # Where there is no client at all, the line that makes it has never run.
    lines = [] if made else exam.code.calls("AsyncClient", "Client")
    exam.fail(
        f"{reply.request} answers {status}",
        "503",
        advice="The service had been started. Which of your functions for start-up has "
        "FastAPI really called?",
        site=[*lines, exam.answer(reply.run)],
    )

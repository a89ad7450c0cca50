"""What several parts expect of an answer and of the sessions behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from graders.proctor import Exam, Reply
from graders.suites.session_per_request.causes import one_too_many, opened, used
from graders.suites.session_per_request.world import timed

# What to try where a failed write has left something behind.
AFTERWARDS = (
    "The write that failed is over. What did it leave behind: in your session, or in "
    "the database?"
)
_SPEAKS_ON = "The error has come as far as this line. Who hears of it after that?"


def expect_written(exam: Exam, reply: Reply) -> None:
    """The endpoint does something; what it answers is judged elsewhere."""
    exam.expect(
        reply.status != 501,
        f"{reply.request} is written",
        "501",
        site=exam.endpoint(reply.run),
    )


def expect_body(exam: Exam, reply: Reply, status: int, rows: Any) -> None:
    """The reply is what stands in the database; dates may be in any ISO form."""
    exam.expect_status(reply, status)
    told = replace(reply, body=json.dumps(timed(exam.json_of(reply))).encode())
    exam.expect_json(told, rows, source="the database")


def expect_refused(exam: Exam, reply: Reply, status: int) -> None:
    """As `exam.expect_status`; where a refusal got lost it shows who had it last."""
    failure = reply.failure
    handled = used(exam, reply, "rollback")
    if failure is not None and failure.site is None and handled:
        # FastAPI itself complains then, and no line of the learner's has raised that.
        exam.fail(
            f"{reply.request} answers {status}",
            reply.told,
            advice=_SPEAKS_ON,
            site=handled[-1],
        )
    if failure is None and reply.status >= 500:
        # Somebody caught what was raised, and answers with something else.
        names = ("HTTPException", "Exception", "BaseException")
        clauses = exam.code.handlers(*names, raising=True)
        exam.fail(
            f"{reply.request} answers {status}",
            reply.told,
            site=[*clauses, exam.answer(reply.run)],
        )
    exam.expect_status(reply, status)


def expect_own_sessions(exam: Exam, replies: list[Reply]) -> None:
    """No session served two requests, or one request twice at once."""
    shared = exam.database.shared_between(*(reply.run for reply in replies))
    if shared is not None:
        exam.fail(
            "a session that no other request uses",
            "two requests used the same one",
            site=opened(exam, shared.key) or shared.site,
        )
    for reply in replies:
        keys = exam.database.sessions_of(reply.run)
        exam.expect(
            len(keys) <= 1,
            f"{reply.request}: one session",
            f"{len(keys)} sessions",
            advice="Which lines make a session during one request? Could the second "
            "use what the first has made?",
            site=one_too_many(exam, keys),
        )
    for item in exam.evidence:
        exam.expect(
            item.kind != "session overlap",
            "a session is used by one call at a time",
            f"`{item.detail}` was called while another call was under way",
            advice="A session speaks to the database over one connection. Which of "
            "your calls does not wait for the one before?",
            site=item.site,
        )

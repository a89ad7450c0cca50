"""The end of a session: with its request, whatever came of that."""

from __future__ import annotations

from graders.proctor import Exam, Reply, check
from graders.suites.session_per_request.expectations import expect_written
from graders.suites.session_per_request.world import (
    UNKNOWN,
    add,
    lending,
    let_fail,
    mark_as_lent,
    new_loan,
    shelve,
)


@check(
    "resources",
    points=4,
    hint="Which line ends the session, and is it reached when the endpoint raises?",
    guard=True,
)
async def test_every_session_ends_with_its_request(exam: Exam) -> None:
    """After 200, 201, 404, 409 and a failure the session lets its connection go."""
    free, lent = shelve(exam, 2)
    mark_as_lent(exam, lent)
    exam.database.execute(
        "INSERT INTO loans (book_id, reader) VALUES (?, ?)", lent, "Samir Haddad"
    )

    await _expect_given_back(exam, await exam.get(f"/books/{free}"))
    await _expect_given_back(exam, await exam.get("/books"))
    await _expect_given_back(exam, await add(exam))
    await _expect_given_back(exam, await exam.get(f"/books/{UNKNOWN}"))
    loan = new_loan(exam)
    await _expect_given_back(exam, await exam.post(lending(lent), json=loan))
    let_fail(exam, "INSERT ON loans")
    await _expect_given_back(exam, await exam.post(lending(free), json=loan))


async def _expect_given_back(exam: Exam, reply: Reply) -> None:
    await exam.settle()
    expect_written(exam, reply)
    after = f"{reply.request}: after its {reply.status}"
    made = next((item.site for item in exam.database.sessions_open), None)
    for item in exam.database.checkouts_open:
        exam.fail(
            f"{after} no connection is in use",
            f"{exam.database.connections_out} in use",
            site=made or item.site,
        )
    exam.expect(
        not exam.database.sessions_open,
        f"{after} no transaction is open",
        "its session holds one",
        site=made,
    )

"""What is stored of a quote, and when."""

from __future__ import annotations

from graders.proctor import CheckFailed, Exam, check
from graders.suites.trip_desk.causes import committed_at
from graders.suites.trip_desk.expectations import expect_quote, quote_in
from graders.suites.trip_desk.world import CARRIERS, Desk, Leg, rows

# How long a statement takes while several quotes are stored, and how much later than
# one quote the next is asked for.
_STATEMENT, _LATER = 0.25, 0.1


@check(
    "awaits",
    points=3,
    hint="When an endpoint returns, its answer is on its way. Has the commit been "
    "awaited by then, or does it come after a `yield`?",
)
async def test_a_quote_is_stored_before_its_answer_begins(exam: Exam) -> None:
    """A quote is committed before its answer begins."""
    desk = Desk(exam)
    seen: list[int] = []
    trouble: list[CheckFailed] = []

    def look() -> None:
        try:
            seen.extend(row["id"] for row in rows(exam))
        except CheckFailed as exc:
            trouble.append(exc)

    trip = desk.trip()
    exchange = desk.start(trip)
    exchange.on_start = look
    number = expect_quote(desk, await exchange.reply(), trip)

    if trouble:
        raise trouble[0]
    exam.expect(
        number in seen,
        "the quote is committed when its answer begins",
        "others could not see it yet",
        site=committed_at(exam, exchange.run),
    )


@check(
    "awaits",
    points=2,
    hint="Compare the answer with the row: which attributes can be read after a "
    "commit, and who awaits that?",
)
async def test_a_stored_quote_is_what_was_answered(exam: Exam) -> None:
    """What is stored, and read again, is what was answered."""
    desk = Desk(exam)
    for failing in ((), exam.random.sample(CARRIERS, 1)):
        for name in failing:
            desk.fail(name)
        trip = desk.trip()
        reply = await desk.ask(trip)
        answered = quote_in(exam, reply)
        await exam.settle()

        number = answered["id"]
        value = {"id": number, **trip, "complete": answered.get("complete")}
        exam.expect(
            [row for row in rows(exam) if row["id"] == number] == [value],
            "the quote in the database, as it was answered",
            "it is not there, or not the same",
            site=exam.answer(reply.run),
        )
        again = await exam.get(f"/quotes/{number}")
        exam.expect_status(again, 200)
        exam.expect_json(again, answered, source="the database")


@check(
    "concurrency",
    points=1,
    hint="Others go on while a commit is on its way. Which of your names does another "
    "request write meanwhile?",
)
async def test_quotes_that_are_stored_meanwhile_change_nothing(exam: Exam) -> None:
    """A quote stays its own while others are made and stored: answer and report."""
    desk = Desk(exam)
    exam.database.statements_take(_STATEMENT)
    partner = exam.random.choice(CARRIERS)
    # The second is made while the first is stored; the third came last and ends first.
    plan = ((1.0, ()), (1.0, (partner,)), (0.0, ()))
    trips = [
        desk.trip(
            {name: Leg(takes, 503 if name in failing else None) for name in CARRIERS}
        )
        for takes, failing in plan
    ]
    exchanges = await desk.start_all(trips, apart=_LATER)

    for trip, (_, failing), exchange in zip(trips, plan, exchanges, strict=True):
        missing = dict.fromkeys(failing, "failed")
        number = expect_quote(desk, await exchange.reply(), trip, missing)
        await exchange.returns()
        told = [one for one in desk.reports if one.arguments["quote_id"] == number]
        exam.expect(
            [one.arguments["complete"] for one in told] == [not failing],
            "one report for the quote, as it was answered",
            f"{len(told)} for its id" if len(told) != 1 else "another one",
            site=exam.endpoint(exchange.run),
            timeline=desk.reports,
        )

"""How analytics is told of a quote, and who waits for that."""

from __future__ import annotations

from graders.proctor import Deadlock, Exam, Reply, check
from graders.suites.trip_desk.causes import outermost, started_at
from graders.suites.trip_desk.expectations import (
    expect_new_quote,
    expect_quote,
    expect_stored_quote,
    quote_in,
)
from graders.suites.trip_desk.world import CARRIERS, OVERLAPPING, Desk, Trip

# A report (s) whose end nobody sees who waits for a while, and not for its end.
_LONG = 100.0
# Reports that are slow at a time.
_SLOW = 10
_BEHIND = (
    "Which line of the endpoint waits for analytics? What can come after the answer?"
)


@check(
    "awaits",
    points=2,
    hint="Follow the report: is the function called with the quote's own values, and "
    "is what it returns waited for?",
)
async def test_analytics_is_told_of_every_quote_once(exam: Exam) -> None:
    """Analytics is told of every stored quote, once, also of thirty at a time."""
    desk = Desk(exam)
    # Its client takes the answer only when the next quote has been made, and its report
    # takes long, whether it begins with the answer or after it.
    exam.services.report_quote.takes(_LONG)
    slow = desk.start(desk.trip())
    slow.hold_sends = True
    await exam.sleep(0.25)
    exam.services.report_quote.takes(1.0)

    desk.fail(exam.random.choice(CARRIERS))
    exchanges = await desk.start_all([desk.trip() for _ in range(OVERLAPPING)])
    quotes = [quote_in(exam, await one.reply()) for one in exchanges]
    exam.services.report_quote.takes(_LONG)
    slow.read_on()
    quotes.append(quote_in(exam, await slow.reply()))
    # As a server does: first the requests with their background tasks, then the rest.
    for one in (slow, *exchanges):
        await one.returns()
    await exam.lifespan.stop()

    calls = desk.reports
    unheard = [call for call in calls if call.in_flight]
    exam.expect(
        not unheard,
        "every report has ended when the service has stopped",
        "report_quote was still on its way",
        advice="Who knows of the reports that are under way, and who waits for them "
        "when the service stops?",
        site=started_at(exam, unheard, slow.run),
        timeline=calls,
    )
    told = [call.arguments for call in calls if call.outcome == "answered"]
    due = [{"quote_id": one["id"], "complete": one.get("complete")} for one in quotes]
    exam.expect(
        sorted(told, key=str) == sorted(due, key=str),
        "one report for each quote, with its id and whether it is complete",
        f"{len(calls)} calls after {len(quotes)} quotes",
        site=[
            *exam.code.gives("cancel_futures"),
            outermost(exam, calls, slow.run),
        ],
        timeline=calls,
    )


@check("blocking", points=2, hint=_BEHIND)
async def test_the_answer_does_not_wait_for_analytics(exam: Exam) -> None:
    """The answer does not wait for analytics."""
    desk = Desk(exam)
    exam.services.report_quote.takes(5.0)
    reply, _ = await expect_new_quote(desk)
    calls = desk.reports
    if calls and reply.took > 0.0 and reply.ended == calls[-1].ended:
        exam.fail(
            "0 s",
            f"{reply.took:g} s",
            site=outermost(exam, calls, reply.run),
            timeline=calls,
        )
    exam.expect_took(reply, 0.0, calls=calls)


@check(
    "blocking",
    points=2,
    hint="`report_quote` blocks the thread that calls it. On which thread does a "
    "background task run that is `async def`, and on which a plain `def`?",
)
async def test_the_desk_works_on_while_analytics_is_told(exam: Exam) -> None:
    """While analytics keeps a report waiting, quotes are made and read."""
    desk = Desk(exam)
    number = await expect_stored_quote(desk)
    with exam.services.report_quote.gate():
        trip = desk.trip()
        first = await _ask_while_told(desk, trip)
        expect_quote(desk, first, trip)
        await exam.settle()
        calls = desk.reports
        exam.expect(
            len(calls) == 2,
            "report_quote is called after each answer, once",
            f"{len(calls)} calls after two answers",
            site=exam.endpoint(first.run),
        )

        # The first is told of before the gate; another one comes.
        for _ in range(_SLOW - len(calls)):
            expect_quote(desk, await desk.ask(trip := desk.trip()), trip)
        trip = desk.trip()
        second = await desk.ask(trip)
        again = await exam.get(f"/quotes/{number}")
        metrics = await exam.get("/metrics")
        for reply in (again, metrics):
            exam.expect_status(reply, 200)
        expect_quote(desk, second, trip)
        for reply in (again, metrics, second):
            exam.expect_took(reply, 0.0, calls=calls)


async def _ask_while_told(desk: Desk, trip: Trip) -> Reply:
    """An answer that comes although analytics says nothing."""
    exchange = desk.start(trip)
    try:
        return await exchange.reply()
    except Deadlock as exc:
        calls = desk.reports
        if exc.blocked is None and calls and calls[-1].in_flight:
            desk.exam.fail(
                "an answer while analytics keeps the report waiting",
                "none: it waits for the report",
                advice=_BEHIND,
                site=outermost(desk.exam, calls, exchange.run),
            )
        raise

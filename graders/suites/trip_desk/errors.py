"""What fails: carriers, commits, analytics, and what is asked for in vain."""

from __future__ import annotations

from graders.proctor import Exam, Raises, check
from graders.suites.trip_desk.causes import committed_at, outermost, written_at
from graders.suites.trip_desk.expectations import (
    expect_asked_for,
    expect_metrics,
    expect_new_quote,
    expect_quote,
    expect_stored_quote,
)
from graders.suites.trip_desk.world import (
    CARRIERS,
    ODD_TOWNS,
    UNKNOWN,
    WAYS,
    Desk,
    rows,
)


@check(
    "errors",
    points=3,
    hint="What does each carrier's result tell: an offer, silence, or a failure? "
    "Which of them may be left out of the answer?",
)
async def test_a_partial_quote_names_what_is_missing(exam: Exam) -> None:
    """A quote with carriers missing is a 200 that names each with its reason."""
    desk = Desk(exam)
    for way in exam.random.sample(WAYS, len(WAYS)):
        name = exam.random.choice(CARRIERS)
        desk.fail(name, way)
        desk.carriers[name].hangs_up()
        await exam.settle()
        await expect_new_quote(desk, {name: "failed"})
        desk.recover()

    silent, failing = exam.random.sample(CARRIERS, 2)
    desk.silence(silent)
    desk.fail(failing)
    await expect_new_quote(desk, {silent: "timeout", failing: "failed"})


@check(
    "errors",
    points=1,
    hint="What tells one offer from another: its price, or its carrier?",
)
async def test_offers_of_one_price_are_all_there(exam: Exam) -> None:
    """Two carriers that ask the same price are two offers."""
    desk = Desk(exam)
    trip = desk.trip(equal=True)
    reply = await desk.ask(trip)
    exam.expect_status(reply, 201)
    body, due = exam.json_of(reply), desk.quote(trip, {})["offers"]
    offers = body.get("offers") if isinstance(body, dict) else None
    told = [one for one in offers or () if isinstance(one, dict)]
    exam.expect(
        sorted(told, key=repr) == sorted(due, key=repr)
        and [one.get("price") for one in told] == [one["price"] for one in due],
        f"{len(due)} offers, the cheapest first",
        f"{len(told)}" if len(told) != len(due) else "others, or in another order",
        site=exam.answer(reply.run, "offers"),
    )


@check(
    "errors",
    points=1,
    hint="What do `&`, `#` and `+` mean in an address, and who writes them so that "
    "they mean nothing?",
)
async def test_carriers_are_asked_for_the_trip_of_the_quote(exam: Exam) -> None:
    """Each carrier is asked for the places of the quote, whatever they are called."""
    desk = Desk(exam)
    for towns in (None, ODD_TOWNS):
        trip = desk.trip(towns=towns)
        reply = await desk.ask(trip)
        expect_asked_for(desk, trip)
        expect_quote(desk, reply, trip)


@check(
    "errors",
    points=2,
    hint="What is left to store, and to tell, when no carrier has an offer?",
    guard=True,
)
async def test_no_offer_in_time_is_a_504(exam: Exam) -> None:
    """Without an offer the answer is a 504: nothing is stored, nobody told."""
    desk = Desk(exam)
    desk.silence(*CARRIERS)
    replies = [await desk.ask()]
    desk.fail(exam.random.choice(CARRIERS))
    replies.append(await desk.ask())
    await exam.settle()

    calls, run = desk.reports, replies[0].run
    wrong = [reply for reply in replies if reply.status != 504]
    if not wrong or wrong[0].failure is None:
        # Whoever answers with a quote has stored it first: that is where it begins.
        stored = rows(exam)
        exam.expect(
            not stored,
            "no quote in the database without an offer",
            f"{len(stored)}",
            site=written_at(exam, run),
        )
        exam.expect(
            not calls,
            "no report to analytics without a quote",
            f"{len(calls)}",
            site=outermost(exam, calls, run),
            timeline=calls,
        )
    for reply in replies:
        exam.expect_status(reply, 504)


@check(
    "errors",
    points=1,
    hint="What does the session give you for an id that is not there?",
    guard=True,
)
async def test_an_unknown_quote_is_a_404(exam: Exam) -> None:
    """A quote that does not exist is a 404."""
    Desk(exam)
    exam.expect_status(await exam.get(f"/quotes/{UNKNOWN}"), 404)


@check(
    "errors",
    points=2,
    hint="A commit is a call that can fail like any other. What have your client and "
    "analytics been told by the time it does?",
)
async def test_a_quote_that_cannot_be_stored_is_no_success(exam: Exam) -> None:
    """A quote that cannot be stored is no success, and analytics hears nothing."""
    desk = Desk(exam)
    await expect_stored_quote(desk)
    with exam.database.commits_fail():
        reply = await desk.ask()
        await exam.settle()

    exam.expect(
        reply.status >= 500 and reply.status != 504,
        f"{reply.request}: an error of the server's own when the commit fails",
        f"{reply.status}",
        site=committed_at(exam, reply.run),
    )
    calls = desk.reports
    exam.expect(
        len(calls) <= 1,
        "no report of a quote that was not stored",
        "analytics was told of it",
        site=outermost(exam, calls, reply.run),
        timeline=calls,
    )


@check(
    "errors",
    points=2,
    hint="Who catches AnalyticsError, and where would it go otherwise?",
)
async def test_analytics_that_fails_disturbs_nobody(exam: Exam) -> None:
    """When analytics fails, no error leaves the service, and it is counted."""
    desk = Desk(exam)
    unlucky: list[int] = []

    def report_quote(quote_id: int, complete: bool) -> None:
        if not unlucky or quote_id in unlucky:
            unlucky.append(quote_id)
            raise Raises("AnalyticsError", "the queue is full")

    exam.services.report_quote.answers(report_quote)
    for _ in range(2):
        trip = desk.trip()
        exchange = desk.start(trip)
        expect_quote(desk, await exchange.reply(), trip)
        await exam.settle()
        failure = exchange.failure
        if failure is not None:
            exam.fail(
                "no error leaves the service after the answer",
                f"{failure.error} went on to the server",
                site=failure.site or exam.endpoint(exchange.run),
            )
    await expect_metrics(
        exam, "after one report of two", {"analytics": {"told": 1, "failed": 1}}
    )

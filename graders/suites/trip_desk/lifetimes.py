"""How long the client and the database sessions live."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.trip_desk.causes import client_made_at
from graders.suites.trip_desk.expectations import expect_new_quote, expect_quote
from graders.suites.trip_desk.world import CARRIERS, UNKNOWN, Desk


@check(
    "resources",
    points=3,
    hint="Where in your code is the client made, and how often does that line run?",
)
async def test_all_quotes_share_one_client(exam: Exam) -> None:
    """All quotes share one client."""
    desk = Desk(exam)
    for _ in range(3):
        await expect_new_quote(desk)

    made = exam.database.of("client opened")
    exam.expect(
        len(made) <= 1,
        "1 client for all quotes",
        f"{len(made)} clients",
        site=made[-1:],
    )


@check(
    "resources",
    points=3,
    hint="Which code runs each time the service starts, and which when it stops? "
    "Where is the client made and closed?",
    lifespan=False,
)
async def test_the_client_lives_as_long_as_the_service(exam: Exam) -> None:
    """The client is made at start-up and closed at the end; each time all works."""
    desk = Desk(exam)
    early = exam.database.of("client opened")
    exam.expect(
        not early,
        "no client before the service starts",
        "one was made while app.py was imported",
        site=early[:1],
    )

    for _ in range(2):
        await exam.lifespan.start()
        reply, number = await expect_new_quote(desk)
        await exam.settle()
        await exam.lifespan.stop()
        await exam.settle()

        for carrier in desk.carriers.values():
            exam.expect(
                carrier.open_now == 0,
                "no connection to a carrier once the service has stopped",
                f"{carrier.open_now}",
                site=client_made_at(exam, carrier),
                no_site="the client was made by no line of yours",
            )
        told = [call.arguments["quote_id"] for call in desk.reports]
        exam.expect(
            told[-1:] == [number],
            "analytics is told of a quote, also after another start",
            "it was not",
            advice="What is needed for a report and ends when the service stops? Is it "
            "made anew at the next start?",
            site=exam.endpoint(reply.run),
            timeline=desk.reports,
        )


@check(
    "resources",
    points=3,
    hint="How often does the line run that makes your session, and which line ends "
    "it, also when the endpoint raises?",
)
async def test_every_request_has_a_session_and_ends_it(exam: Exam) -> None:
    """Requests share no session, and none keeps its connection to the database."""
    desk = Desk(exam)
    trips = [desk.trip() for _ in range(3)]
    desk.take(1.0, 0.5, 0.5)
    exchanges = await desk.start_all(trips, apart=0.25)
    replies = [await exchange.reply() for exchange in exchanges]
    numbers = [expect_quote(desk, *each) for each in zip(replies, trips, strict=True)]
    replies += [await exam.get(f"/quotes/{one}") for one in (numbers[0], UNKNOWN)]
    desk.silence(*CARRIERS)
    replies.append(await desk.ask())
    await exam.settle()

    shared = exam.database.shared_between(*(reply.run for reply in replies))
    if shared is not None:
        made = exam.database.of("session opened")
        origin = next((item.site for item in made if item.key == shared.key), None)
        exam.fail(
            "a session that no other request uses",
            "two requests used the same one",
            site=[origin, shared],
        )
    left = [item.site for item in exam.database.sessions_open]
    for item in exam.database.checkouts_open:
        exam.fail(
            "no connection to the database in use after the last request",
            f"{exam.database.connections_out} in use",
            site=[*left, item],
        )
    exam.expect(
        not left,
        "no transaction open after the last request",
        f"{len(left)} open",
        site=left[0] if left else None,
    )

"""The client's life: from the start of the service to its end."""

from __future__ import annotations

import asyncio

from graders.proctor import Exam, check
from graders.suites.client_with_a_life.causes import NO_ORIGIN, origin
from graders.suites.client_with_a_life.expectations import expect_rates
from graders.suites.client_with_a_life.world import publish, rates_api


@check(
    "resources",
    points=2,
    hint="Which code runs when the service stops? Does it reach the client's end?",
)
async def test_the_client_is_closed_when_the_service_stops(exam: Exam) -> None:
    """When the service stops the client is closed, whatever happened before."""
    api = rates_api(exam)
    quotes = publish(exam)
    await exam.get("/rates/XXX")
    api.refuses()
    await asyncio.gather(*(exam.get(f"/rates/{base}") for base in quotes))
    api.recovers()
    await expect_rates(exam, quotes)

    await exam.lifespan.stop()
    await exam.settle()

    closed = {item.key for item in exam.database.of("client closed")}
    for item in exam.database.of("client opened"):
        exam.expect(
            item.key in closed,
            "a closed client once the service has stopped",
            "one is still open",
            # Where it is closed, or handed to somebody who shall close it.
            site=[*exam.code.mentions("aclose"), item],
        )
    exam.expect(
        api.open_now == 0,
        "no open connection once the service has stopped",
        f"{api.open_now}",
        site=origin(exam),
        no_site=NO_ORIGIN,
    )


@check(
    "resources",
    points=2,
    hint="A client that has been closed is of no use any more. When is yours made: "
    "when app.py is imported, or each time the service starts?",
    lifespan=False,
)
async def test_the_client_is_made_at_start_up(exam: Exam) -> None:
    """The client is made at start-up: a service that was stopped can start again."""
    quotes = publish(exam)
    early = exam.database.of("client opened")
    exam.expect(
        not early,
        "no client before the service starts",
        "one was made while app.py was imported",
        site=early[:1],
    )

    # Two lives with good answers, one with a 404 only, and one without any.
    for life in (1, 2, 3, 4):
        await exam.lifespan.start()
        made = len(exam.database.of("client opened"))
        exam.expect(
            made == life,
            "one client when the service has started",
            f"{made} in {life} lives of the service",
            site=exam.code.calls("AsyncClient", "Client"),
            no_site="no line of yours makes one",
        )
        if life <= 2:
            await expect_rates(exam, quotes)
        elif life == 3:
            await exam.get("/rates/XXX")
        await exam.lifespan.stop()

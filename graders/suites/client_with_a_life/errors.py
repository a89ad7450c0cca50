"""What is told of a rates API that fails, and of a service that is not ready."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.client_with_a_life.expectations import expect_rates, expect_started
from graders.suites.client_with_a_life.world import (
    BREAKS,
    ERRORS,
    break_off,
    fail_with,
    publish,
    rates_api,
    some_base,
)


@check(
    "errors",
    points=3,
    hint="An answer with an error status is still an answer: httpx raises nothing "
    "unless it is asked to. Which statuses does the brief's table name?",
)
async def test_an_error_of_the_rates_api_is_told_as_the_brief_says(exam: Exam) -> None:
    """The rates API's 404 is a 404, and every other error of its own is a 502."""
    quotes = publish(exam)
    expect_started(exam, await exam.get("/rates/XXX"), 404)

    for status in exam.random.sample(ERRORS, len(ERRORS)):
        fail_with(exam, status)
        reply = await exam.get(f"/rates/{some_base(exam, quotes)}")
        expect_started(exam, reply, 502)

    quotes = publish(exam)
    await expect_rates(exam, quotes)


@check(
    "errors",
    points=2,
    hint="What does httpx raise when there is no connection, and when it breaks? Do "
    "the exceptions have a base class in common?",
)
async def test_a_rates_api_that_cannot_be_reached_is_a_502(exam: Exam) -> None:
    """A rates API that refuses connections, breaks them, or hangs up, is a 502."""
    rates_api(exam).refuses()
    expect_started(exam, await exam.get("/rates/EUR"), 502)
    rates_api(exam).recovers()
    for breaks in BREAKS.values():
        break_off(exam, breaks)
        expect_started(exam, await exam.get("/rates/EUR"), 502)
    await expect_rates(exam, publish(exam))


@check(
    "errors",
    points=1,
    hint="How long does your client wait for a connection, and what does it raise?",
)
async def test_a_connection_that_is_never_made_is_a_502_or_a_504(exam: Exam) -> None:
    """A connection that is never made is a 502 or a 504."""
    rates_api(exam).unreachable()
    reply = await exam.get("/rates/EUR")
    expect_started(exam, reply, 504 if reply.status == 504 else 502)
    rates_api(exam).recovers()
    await expect_rates(exam, publish(exam))


@check(
    "errors",
    points=2,
    hint="What does your endpoint find where the client should be, if start-up has not "
    "put it there?",
    lifespan=False,
    guard=True,
)
async def test_a_request_before_start_up_is_a_503(exam: Exam) -> None:
    """A request that arrives before start-up is a 503, and goes no further."""
    publish(exam)

    exam.expect_status(await exam.get("/rates/EUR"), 503)

    calls = rates_api(exam).calls
    exam.expect(
        not calls,
        "no request to the rates API before the service has started",
        f"{len(calls)}",
        site=calls[0].outermost if calls else None,
        timeline=calls,
    )

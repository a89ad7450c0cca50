"""A rates API that keeps silent: when it is given up, and what goes on meanwhile."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.client_with_a_life.expectations import expect_rates, expect_started
from graders.suites.client_with_a_life.world import (
    CROWD,
    PATIENCE,
    publish,
    rates_api,
    some_base,
)


@check(
    "timeouts",
    points=3,
    hint="How long does your client wait for an answer, and what does it raise then?",
)
async def test_a_silent_rates_api_is_given_up_after_three_seconds(exam: Exam) -> None:
    """A rates API that is silent for 3 s is given up: 504. At 2.9 s it is in time."""
    api = rates_api(exam)
    quotes = publish(exam)
    api.takes(2.9)
    exam.expect_took(await expect_rates(exam, quotes), 2.9)

    api.takes(60)
    late = await exam.get(f"/rates/{some_base(exam, quotes)}")
    exam.expect_took(late, PATIENCE, calls=api.calls)
    exam.expect_status(
        late,
        504,
        advice="Which of httpx's exceptions is a timeout, and which of your except "
        "clauses catches it first?",
    )

    call = api.calls[-1]
    exam.expect(
        call.outcome == "cancelled",
        "the call to the rates API is given up",
        "it went on after the answer",
        advice="You have answered. Who ends the call that nobody waits for any more?",
        site=call.site or exam.endpoint(late.run),
        timeline=[call],
    )


@check(
    "blocking",
    points=1,
    hint="What else can your service do while it waits for the rates API?",
    guard=True,
)
async def test_health_answers_while_the_rates_api_is_silent(exam: Exam) -> None:
    """`/health` answers while the rates API keeps fifty requests waiting."""
    quotes = publish(exam)
    with rates_api(exam).gate() as gate:
        waiting = [
            exam.start("GET", f"/rates/{some_base(exam, quotes)}") for _ in range(CROWD)
        ]
        await exam.settle(0.5)
        health = await exam.get("/health")
        exam.expect_status(health, 200)
        exam.expect_json(health, {"status": "ok"})
        exam.expect_took(health, 0.0)
        gate.open()
        for exchange in waiting:
            expect_started(exam, await exchange.reply())

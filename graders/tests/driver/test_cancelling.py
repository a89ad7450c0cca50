"""Cancellations between what happens within one instant, and what becomes of calls."""

from __future__ import annotations

import pytest

from graders.proctor import CallRecord, Exam
from graders.tests.exams import Examine

SPINNING = """
    import asyncio
    from fastapi import FastAPI, Request

    app = FastAPI()
    turns = app.state.turns = []

    @app.put("/spins")
    async def spins(request: Request):
        async for piece in request.stream():
            pass
        for turn in range(1_000):
            turns.append(turn)
            await asyncio.sleep(0)

    @app.get("/turns")
    async def counted():
        return len(turns)
"""

GIVEN = """
    async def print_label(lease: int) -> str: ...
    async def release(lease: int) -> None: ...
"""

PRINTING = """
    import asyncio
    from fastapi import FastAPI
    from given import print_label, release

    app = FastAPI()

    @app.get("/gives-up-at-once")
    async def gives_up_at_once():
        printing = asyncio.create_task(print_label(1))
        # It calls, and is cancelled before anybody outside can have heard of it.
        await asyncio.sleep(0)
        printing.cancel()
        await asyncio.wait([printing])
        return printing.cancelled()

    @app.get("/waits/{waits}")
    async def releases(waits: bool, in_a_task: bool = False):
        printing = asyncio.create_task(print_label(1))
        await asyncio.sleep(2)
        printing.cancel()
        if waits:
            await asyncio.wait([printing])
        # A task of its own begins a round of the loop later.
        releasing = release(1)
        await (asyncio.create_task(releasing) if in_a_task else releasing)

    @app.get("/cancels-twice")
    async def cancels_twice():
        printing = asyncio.create_task(print_label(1))
        await asyncio.sleep(2)
        printing.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        alive = not printing.done()
        printing.cancel()
        await asyncio.wait([printing])
        return alive and printing.cancelled()
"""
SERVICES = {"print_label": "async", "release": "async"}


def _turns_before_the_end(examine: Examine, rounds: int) -> int:
    counted: list[int] = []

    async def body(exam: Exam) -> None:
        exchange = exam.upload("PUT", "/spins")
        await exam.settle()
        exchange.feed({"type": "http.request", "body": b"", "more_body": False})
        exchange.cancel(rounds=rounds)
        await exchange.returns()
        assert exchange.finished is not None
        assert exchange.finished.cancelled
        assert exam.now == 0.0
        counted.append((await exam.get("/turns")).json())

    assert examine(SPINNING, body) == []
    return counted[0]


def test_a_cancellation_comes_so_many_rounds_of_the_loop_later(
    examine: Examine,
) -> None:
    at_once, some, more = (_turns_before_the_end(examine, n) for n in (0, 20, 27))

    assert at_once == 0
    assert some > 0
    assert more - some == 7


def test_a_call_that_is_given_up_in_the_turn_in_which_it_was_made(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        answered: list[int] = []
        exam.services.print_label.answers(lambda lease: answered.append(lease))

        reply = await exam.get("/gives-up-at-once")
        await exam.settle()

        assert reply.json() is True
        (call,) = exam.services.print_label.calls
        assert (call.began, call.ended, call.outcome) == (0.0, 0.0, "cancelled")
        assert call.arguments == {"lease": 1}
        assert not answered

    assert examine(PRINTING, body, given=GIVEN, services=SERVICES) == []


def _in_flight_at_the_release(examine: Examine, target: str, rounds: int) -> bool:
    in_flight: list[CallRecord] = []

    async def body(exam: Exam) -> None:
        def takes(lease: int) -> float:
            calls = exam.services.print_label.calls
            in_flight.extend(call for call in calls if call.in_flight)
            return 1.0

        exam.services.unwind(rounds)
        exam.services.print_label.takes(60)
        exam.services.release.takes(takes)

        reply = await exam.get(target)

        assert (reply.status, reply.took) == (200, 3.0)
        (call,) = exam.services.print_label.calls
        assert (call.ended, call.outcome) == (2.0, "cancelled")

    assert examine(PRINTING, body, given=GIVEN, services=SERVICES) == []
    return bool(in_flight)


@pytest.mark.parametrize("waits", [True, False])
def test_a_call_that_is_given_up_has_ended_for_the_next_one_if_it_was_awaited(
    examine: Examine, waits: bool
) -> None:
    assert _in_flight_at_the_release(examine, f"/waits/{waits}", 0) is not waits


@pytest.mark.parametrize("waits", [True, False])
def test_a_call_that_unwinds_has_ended_for_a_later_one_if_it_was_awaited(
    examine: Examine, waits: bool
) -> None:
    target = f"/waits/{waits}?in_a_task=true"

    assert _in_flight_at_the_release(examine, target, 3) is not waits
    assert not _in_flight_at_the_release(examine, target, 0)


def test_a_call_that_unwinds_ends_at_once_when_it_is_cancelled_again(
    examine: Examine,
) -> None:
    async def body(exam: Exam) -> None:
        exam.services.unwind(1_000)
        exam.services.print_label.takes(60)

        reply = await exam.get("/cancels-twice")

        assert (reply.json(), reply.took) == (True, 2.0)
        (call,) = exam.services.print_label.calls
        assert (call.ended, call.outcome) == (2.0, "cancelled")

    assert examine(PRINTING, body, given=GIVEN, services=SERVICES) == []


def test_a_behaviour_can_ask_for_which_call_it_answers(examine: Examine) -> None:
    async def body(exam: Exam) -> None:
        runs: list[int | None] = []

        def takes(**arguments: object) -> float:
            runs.append(exam.services.current.run)
            return 1.0

        def answers(**arguments: object) -> None:
            runs.append(exam.services.current.run)

        exam.services.print_label.takes(takes).answers(answers)
        exchanges = [exam.start("GET", "/waits/True") for _ in range(2)]
        for exchange in exchanges:
            await exchange.returns()

        numbers = [exchange.run for exchange in exchanges]
        assert runs == [*numbers, *numbers]
        with pytest.raises(LookupError):
            _ = exam.services.current

    assert examine(PRINTING, body, given=GIVEN, services=SERVICES) == []

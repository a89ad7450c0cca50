"""Waiting for a scan: sleeping without stopping the world."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from graders.proctor import (
    FREEDOMS,
    Ask,
    CallRecord,
    Exam,
    Observation,
    Reply,
    check,
    every_schedule,
    seconds,
)

# Seconds; all times here are sums of powers of two, so that clocks add up exactly.
_EVERY = 0.5


# The depot answers so many questions that come too soon, and then becomes slow: code
# that never sleeps asks a few hundred of them instead of hundreds of thousands.
_PATIENCE = 200


def world(exam: Exam) -> None:
    exam.services.scan_status.answers("pending").takes(_impatience(exam))


def _impatience(exam: Exam) -> Callable[..., float]:
    last: dict[int, float] = {}
    too_soon: Counter[int] = Counter()

    def delay(parcel_id: int) -> float:
        if exam.now < last.get(parcel_id, -_EVERY) + _EVERY:
            too_soon[parcel_id] += 1
        last[parcel_id] = exam.now
        return _EVERY if too_soon[parcel_id] > _PATIENCE else 0.0

    return delay


def _parcels(exam: Exam, count: int) -> list[int]:
    """Numbers of parcels, none twice."""
    return exam.random.sample(range(100_000, 999_999), count)


def _scan(exam: Exam, at: dict[int, float]) -> None:
    """Let parcels be scanned at these times (seconds since the exam began)."""

    def scan_status(parcel_id: int) -> str:
        return "scanned" if exam.now >= at.get(parcel_id, 1e6) else "pending"

    exam.services.scan_status.answers(scan_status)


def _expect_answer(exam: Exam, reply: Reply, status: str) -> None:
    """The reply says `status`, and how long it took, to the millisecond."""
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    waited = body.get("waited") if isinstance(body, dict) else None
    if isinstance(waited, float) and round(waited, 3) == round(reply.took, 3):
        # A difference of two readings of a clock is never quite round.
        body["waited"] = reply.took
    exam.expect(
        body == {"status": status, "waited": reply.took},
        f'{{"status": "{status}", "waited": '
        f"{reply.took:g}}} for an answer after {reply.took:g} s",
        reply.text[:80],
        site=exam.answer(reply.run),
    )


def _expect_soon(exam: Exam, reply: Reply, scan: float, what: str) -> None:
    """The reply came with the scan, or at most half a second later."""
    calls = [call for call in exam.calls if call.run == reply.run]
    exam.expect(
        scan <= reply.ended <= scan + _EVERY,
        f"{what} at most {_EVERY:g} s after the scan at {scan:g} s",
        f"the answer at {reply.ended:g} s",
        site=exam.cause_of_delay(reply, calls)
        if reply.ended > scan
        else exam.answer(reply.run),
        timeline=calls,
    )


@check(
    "blocking",
    points=3,
    hint="Who runs while your code sleeps: somebody else, or nobody? The two libraries "
    "`time` and `asyncio` both have a sleep.",
)
async def test_health_answers_while_a_courier_waits(exam: Exam) -> None:
    """`/health` answers at once while a courier waits."""
    (parcel,) = _parcels(exam, 1)
    _scan(exam, {parcel: 1.75})
    waiting = exam.start("GET", f"/parcels/{parcel}/wait?max_wait=4")

    for _ in range(3):
        await exam.sleep(0.375)
        health = await exam.get("/health")
        exam.expect_status(health, 200)
        exam.expect_json(health, {"status": "ok"})
        exam.expect(
            health.took == 0,
            "an answer at once",
            f"an answer after {health.took:g} s",
            site=exam.blocker or exam.endpoint(waiting.run),
        )

    exam.expect(
        waiting.ended is None,
        "a courier who waits, as the parcel is not scanned yet",
        "an answer before the scan",
        site=exam.answer(waiting.run),
    )
    exam.expect_status(await waiting.reply(), 200)


@check(
    "timeouts",
    points=2,
    hint="What could the service ask before it sleeps for the first time?",
)
async def test_a_scanned_parcel_is_answered_at_once(exam: Exam) -> None:
    """A parcel that is already scanned is answered at once."""
    (parcel,) = _parcels(exam, 1)
    _scan(exam, {parcel: 0.0})

    reply = await exam.get(f"/parcels/{parcel}/wait?max_wait=5")

    exam.expect_status(reply, 200)
    _expect_at_once(exam, reply, exam.services.scan_status.calls)
    _expect_answer(exam, reply, "scanned")


@check(
    "timeouts",
    points=3,
    hint="How long can a scan stay unnoticed, with the sleeps that you make?",
)
async def test_a_scan_is_noticed_within_half_a_second(exam: Exam) -> None:
    """A parcel scanned during the wait is answered at most 0.5 s later."""
    parcels = _parcels(exam, 3)
    waits = exam.random.sample((0.25, 1.375, 2.25, 2.875, 4.125), 3)
    for parcel, wait in zip(parcels, waits, strict=True):
        scan = exam.now + wait
        _scan(exam, {parcel: scan})

        reply = await exam.get(f"/parcels/{parcel}/wait?max_wait=8")

        exam.expect_status(reply, 200)
        _expect_soon(exam, reply, scan, "an answer")
        _expect_answer(exam, reply, "scanned")


@check(
    "timeouts",
    points=3,
    hint="What passes between one question to the depot and the next?",
)
async def test_the_depot_is_asked_at_most_twice_a_second(exam: Exam) -> None:
    """One request asks the depot at most once in 0.5 s."""
    limit = 3.0
    waits = (limit + 20, 0.0, 1.25)
    for parcel, wait in zip(_parcels(exam, 3), waits, strict=True):
        _scan(exam, {parcel: exam.now + wait})

        reply = await exam.get(f"/parcels/{parcel}/wait?max_wait={limit}")

        exam.expect_status(reply, 200)
        _expect_patience(exam, reply, parcel, limit)  # not stated: max_wait


def _expect_patience(exam: Exam, reply: Reply, parcel: int, limit: float) -> None:
    """Half a second lay between one question about the parcel and the next."""
    calls = [
        call
        for call in exam.services.scan_status.calls
        if parcel in call.arguments.values()
    ]
    exam.expect(
        bool(calls),
        "the depot is asked",
        "it was never asked",
        site=exam.endpoint(reply.run),
    )
    _expect_pauses(exam, reply, calls, limit)


def _expect_pauses(
    exam: Exam, reply: Reply, calls: list[CallRecord], limit: float
) -> None:
    """Half a second lay between one of a request's calls and the next."""
    for number, (one, other) in enumerate(pairwise(calls), 1):
        if other.began >= reply.began + limit:
            break
        exam.expect(
            other.began - one.began >= _EVERY,
            f"{_EVERY:g} s between two questions to the depot",
            f"{other.began - one.began:g} s between question {number} and {number + 1}"
            f", of {len(calls)} questions in {reply.took:g} s",
            # A sleep that was too short, if there was one.
            site=exam.causes.of_timer(other.began, reply.run) or other.site,
            timeline=calls,
        )


@check(
    "timeouts",
    points=3,
    hint="How much of max_wait is left before each sleep, and may the sleep be longer "
    "than that?",
)
async def test_pending_is_answered_when_max_wait_is_over(exam: Exam) -> None:
    """A parcel not scanned in time is answered when `max_wait` is over."""
    first, second, third = _parcels(exam, 3)
    whole = exam.random.choice((1.5, 2.5, 3.5))
    odd = exam.random.choice((1.25, 1.75, 2.25))

    for parcel, query, limit in (
        (first, f"?max_wait={whole}", whole),
        (second, f"?max_wait={odd}", odd),
        (third, "", 10.0),
    ):
        # In the end every parcel is scanned, so nobody waits for ever.
        _scan(exam, {parcel: exam.now + limit + 20})
        reply = await exam.get(f"/parcels/{parcel}/wait{query}")

        exam.expect_status(reply, 200)
        calls = [call for call in exam.calls if call.run == reply.run]
        exam.expect_took(reply, limit, calls=calls)
        if limit != odd:
            _expect_answer(exam, reply, "pending")


@check(
    "concurrency",
    points=3,
    hint="While one courier waits, what keeps the others from being served?",
)
async def test_thirty_couriers_are_answered_together(exam: Exam) -> None:
    """Thirty couriers wait at the same time, and none of them for another."""
    *others, parcel = _parcels(exam, 30)
    scan, limit = exam.random.choice((1.25, 1.75, 2.25)), 4.0
    _scan(exam, {**dict.fromkeys(others, limit + 20), parcel: scan})

    waiting = [
        exam.start("GET", f"/parcels/{other}/wait?max_wait={limit}") for other in others
    ]
    thirtieth = exam.start("GET", f"/parcels/{parcel}/wait?max_wait={limit}")
    await exam.sleep(0.375)
    health = await exam.get("/health")
    reply = await thirtieth.reply()
    replies = await asyncio.gather(*[exchange.reply() for exchange in waiting])

    exam.expect_status(reply, 200)
    _expect_soon(exam, reply, scan, "the thirtieth courier is answered")
    _expect_answer(exam, reply, "scanned")
    for other in replies:
        exam.expect_status(other, 200)
    first, *_, last = sorted(replies, key=lambda reply: reply.ended)
    exam.expect(
        first.ended == last.ended,
        "couriers who wait equally long are answered together",
        f"the first at {first.ended:g} s, the last at {last.ended:g} s",
        site=exam.cause_of_delay(last, exam.services.scan_status.calls),
    )
    exam.expect_status(health, 200)
    exam.expect_took(health, 0.0, calls=[])


@dataclass(frozen=True)
class Courier:
    """Who asks when (s), and for which parcel.

    Attributes:
        limit: how long the wait may be.
        scan: after so much the parcel is scanned; 0: long before anybody asks.
        again: whether it is the parcel of the courier before, scanned when that one is.
        health: after so much somebody asks how the service is.
    """

    at: float
    parcel: int
    limit: float
    scan: float
    again: bool = False
    health: float = 0.0


def couriers(draw: Random) -> tuple[Courier, ...]:
    first, *others = draw.sample(range(100_000, 999_999), draw.randint(1, 4))
    most = draw.choice((3, 3, 12, 80))
    limit = seconds(draw, most, 0.5)
    scan = seconds(draw, most + 1, 0.25)
    # One at least has to wait.
    drawn = [Courier(seconds(draw, 2), first, limit, scan, health=seconds(draw, 3))]
    for parcel in others:
        one = Courier(
            draw.choice((0.0, seconds(draw, 2))),
            parcel,
            draw.choice((0.0, seconds(draw, 0.5), *(seconds(draw, 3, 0.5),) * 4)),
            draw.choice((0.0, *(seconds(draw, 4),) * 4)),
            again=draw.random() < 0.5,
            health=seconds(draw, 3),
        )
        if one.again and draw.random() < 0.4:
            # Soon after the scan: who waits already may not have heard of it yet.
            last = drawn[-1]
            one = replace(one, at=last.at + last.scan + seconds(draw, 0.25))
        drawn.append(one)
    return tuple(drawn)


@every_schedule(
    "timeouts",
    points=2,
    hint="What does a courier's wait depend on, besides its own beginning?",
    plans=couriers,
    # Questions may come at any time, as long as half a second lies between them.
    free=FREEDOMS,
    stops=True,
)
async def test_each_courier_waits_alone(
    exam: Exam, plan: tuple[Courier, ...]
) -> Observation:
    """Each courier waits for the own parcel, from its own beginning"""
    began, first = exam.now, len(exam.services.scan_status.calls)
    parcels: list[int] = []
    for one in plan:
        parcels.append(parcels[-1] if one.again and parcels else one.parcel)
    scans: dict[int, float] = {}
    for one, parcel in zip(plan, parcels, strict=True):
        scan = one.at + one.scan if one.scan else -_EVERY
        scans.setdefault(parcel, began + scan)
    _scan(exam, scans)
    seen = await exam.carry_out(
        [
            *(
                Ask("GET", f"/parcels/{parcel}/wait?max_wait={one.limit}", one.at)
                for one, parcel in zip(plan, parcels, strict=True)
            ),
            *(Ask("GET", "/health", one.at + one.health) for one in plan),
        ]
    )
    waits, healths = seen.replies[: len(plan)], seen.replies[len(plan) :]
    calls = exam.services.scan_status.calls[first:]
    for one, parcel, reply in zip(plan, parcels, waits, strict=True):
        assert reply is not None
        exam.expect_status(reply, 200)
        own = [call for call in calls if call.run == reply.run]
        foreign = [call for call in own if call.arguments["parcel_id"] != parcel]
        exam.expect(
            not foreign,
            f"{reply.request} asks for its own parcel",
            "it asked for another courier's",
            site=[*exam.code.writes_shared(), *(call.site for call in foreign)][0]
            if foreign
            else None,
            timeline=own,
        )
        _expect_pauses(exam, reply, own, one.limit)
        _expect_fitting(exam, reply, scans[parcel], one.limit, own)
    for health in healths:
        assert health is not None
        exam.expect_status(health, 200)
        exam.expect_json(health, {"status": "ok"})
        exam.expect_took(health, 0.0)
    return seen


def _expect_fitting(
    exam: Exam, reply: Reply, scan: float, limit: float, calls: list[CallRecord]
) -> None:
    """The answer that a parcel gets which is scanned at that time."""
    body = exam.json_of(reply)
    status = body.get("status") if isinstance(body, dict) else None
    if reply.took > limit:
        exam.expect_took(reply, limit, calls=calls)
    # Within the last half second of a wait both are right; so it is where there is no
    # time at all.
    before = scan + _EVERY <= reply.began
    if (
        status == "scanned"
        or (before and limit > 0)
        or max(scan, reply.began) + _EVERY <= reply.began + limit
    ):
        _expect_answer(exam, reply, "scanned")
        if scan + _EVERY > reply.began:
            # Also who comes a little later may learn it with those who wait already.
            _expect_soon(exam, reply, scan, "an answer")
        else:
            _expect_at_once(exam, reply, calls)
    else:
        exam.expect_took(reply, limit, calls=calls)
        _expect_answer(exam, reply, "pending")


def _expect_at_once(exam: Exam, reply: Reply, calls: list[CallRecord]) -> None:
    exam.expect(
        reply.took == 0,
        "an answer at once",
        f"an answer after {reply.took:g} s",
        site=exam.cause_of_delay(reply, calls),
        timeline=calls,
    )

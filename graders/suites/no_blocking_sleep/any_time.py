"""Couriers who come when they like: each waits for the own parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from graders.proctor import (
    FREEDOMS,
    Ask,
    CallRecord,
    Exam,
    Observation,
    Reply,
    every_schedule,
    seconds,
)
from graders.suites.no_blocking_sleep.expectations import (
    calls_of,
    expect_answer,
    expect_at_once,
    expect_pauses,
    expect_soon,
)
from graders.suites.no_blocking_sleep.world import EVERY, let_scan, to_wait


@dataclass(frozen=True)
class Courier:
    """Who asks when (s), and for which parcel.

    Attributes:
        limit: how long the wait may be.
        scan: after so much the parcel is scanned; 0: long before anybody asks.
        again: whether it is the parcel of an earlier courier, scanned when that one is.
        back: of which: so many before.
        health: after so much somebody asks how the service is.
    """

    at: float
    parcel: int
    limit: float
    scan: float
    again: bool = False
    health: float = 0.0
    back: int = 1


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
        if one.again and draw.random() < 0.3:
            # As long as the one before may wait, but not from the same moment on.
            one = replace(one, limit=drawn[-1].limit)
        elif one.again and draw.random() < 0.4:
            # Soon after the scan: who waits already may not have heard of it yet.
            last = drawn[-1]
            one = replace(one, at=last.at + last.scan + seconds(draw, 0.25))
        elif one.again and draw.random() < 0.5:
            # When the first has been answered, and others have come since.
            ended = drawn[0].at + drawn[0].limit
            one = replace(one, back=len(drawn), at=ended + seconds(draw, 0.5))
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
    began = exam.now
    parcels: list[int] = []
    for one in plan:
        earlier = parcels[-one.back :][:1] if one.again else []
        parcels.extend(earlier or [one.parcel])
    scans: dict[int, float] = {}
    for one, parcel in zip(plan, parcels, strict=True):
        scan = one.at + one.scan if one.scan else -EVERY
        scans.setdefault(parcel, began + scan)
    let_scan(exam, scans)
    seen = await exam.carry_out(
        [
            *(
                Ask("GET", to_wait(parcel, one.limit), one.at)
                for one, parcel in zip(plan, parcels, strict=True)
            ),
            *(Ask("GET", "/health", one.at + one.health) for one in plan),
        ]
    )
    waits, healths = seen.replies[: len(plan)], seen.replies[len(plan) :]
    for one, parcel, reply in zip(plan, parcels, waits, strict=True):
        assert reply is not None
        exam.expect_status(reply, 200)
        own = calls_of(exam, reply)
        foreign = [call for call in own if call.arguments["parcel_id"] != parcel]
        exam.expect(
            not foreign,
            f"{reply.request} asks for its own parcel",
            "it asked for another courier's",
            site=[*exam.code.writes_shared(), *foreign],
            timeline=own,
        )
        expect_pauses(exam, reply, own, one.limit)
        beside = [
            other
            for other, theirs in zip(waits, parcels, strict=True)
            if other is not None and other is not reply and theirs == parcel
        ]
        _expect_fitting(exam, reply, scans[parcel], one.limit, own, beside)
    for health in healths:
        assert health is not None
        exam.expect_status(health, 200)
        exam.expect_json(health, {"status": "ok"})
        exam.expect_took(health, 0.0)
    return seen


def _expect_fitting(
    exam: Exam,
    reply: Reply,
    scan: float,
    limit: float,
    calls: Sequence[CallRecord],
    beside: Sequence[Reply],
) -> None:
    """The answer that a parcel gets which is scanned at that time.

    Args:
        beside: the other answers on the same parcel.
    """
    body = exam.json_of(reply)
    status = body.get("status") if isinstance(body, dict) else None
    if reply.took > limit:
        exam.expect_took(reply, limit, calls=calls)
    # Within the last half second of a wait both are right; so it is where there is no
    # time at all.
    before = scan + EVERY <= reply.began
    if (
        status == "scanned"
        or (before and limit > 0)
        or max(scan, reply.began) + EVERY <= reply.began + limit
    ):
        expect_answer(exam, reply, "scanned")
        joins = any(one.began <= reply.began < one.ended for one in beside)
        if scan > reply.began or (joins and scan + EVERY > reply.began):
            # Also who comes a little later may learn it with those who wait already.
            expect_soon(exam, reply, scan, "an answer")
        else:
            expect_at_once(exam, reply, calls)
    else:
        exam.expect_took(reply, limit, calls=calls)
        expect_answer(exam, reply, "pending")

"""Whatever fails and whoever leaves, at whatever moment: no place is lost."""

from __future__ import annotations

from graders.proctor import FREEDOMS, Ask, Exam, Observation, every_schedule
from graders.suites.bounded_pool.askers import visits_of
from graders.suites.bounded_pool.causes import NO_ERROR
from graders.suites.bounded_pool.expectations import (
    expect_few_open,
    expect_pool,
    expect_three_places,
)
from graders.suites.bounded_pool.plans import Shift, some_shift
from graders.suites.bounded_pool.promises import (
    expect_answered,
    expect_no_link_idle,
    expect_nobody_waits_in_vain,
    expect_sound_links,
    expect_state,
)
from graders.suites.bounded_pool.records import Record
from graders.suites.bounded_pool.world import Warehouse


@every_schedule(
    "resources",
    points=2,
    hint="Take one request and stop it at each line at which it waits, by an error or "
    "a cancellation. Who has its place and its link afterwards?",
    plans=some_shift,
    # Who waits is served in any order: what the brief promises is looked at instead.
    free=FREEDOMS,
    stops=True,
    # Requests are given up in each plan, and links of an earlier one are known to none.
    crowds=False,
)
async def test_no_place_is_lost_whatever_happens(
    exam: Exam, plan: Shift
) -> Observation:
    """No place and no link is lost, whatever fails and whoever leaves at any moment"""
    warehouse = Warehouse(exam)
    aisles = [warehouse.aisle(one.trouble or "") for one in plan.errands]
    seen = await _carry_out(warehouse, plan, aisles)
    visits = visits_of(warehouse, seen, aisles)
    record = Record(warehouse, seen.records, visits)
    expect_few_open(warehouse)
    expect_sound_links(record)
    for one in visits:
        expect_answered(warehouse, one)
    expect_no_link_idle(record)
    expect_nobody_waits_in_vain(record)
    for reply in seen.replies[len(visits) :]:
        assert reply is not None
        expect_state(record, reply)
    record.heal()
    for service in exam.services.open_link, exam.services.close_link:
        service.takes(0.0)
    await expect_three_places(
        warehouse, "all that", site=record.last_trouble(), advice=NO_ERROR
    )
    await exam.settle()
    record.recognize()
    links = record.open_links(exam.now)
    await expect_pool(exam, "when all is quiet", links, links, 0)
    return seen


async def _carry_out(
    warehouse: Warehouse, plan: Shift, aisles: list[str]
) -> Observation:
    """Carry out a plan, whose errands are to these aisles."""
    services, now = warehouse.exam.services, warehouse.exam.now
    errands = list(zip(aisles, plan.errands, strict=True))
    if plan.refused is not None:
        begin, end = plan.refused
        warehouse.refused = now + begin, now + end
    services.open_link.takes(plan.opening)
    services.close_link.takes(plan.closing)
    takes = {aisle: one.takes for aisle, one in errands}
    services.scan.takes(lambda link, aisle: takes.get(aisle, 0.0))
    scans = [
        Ask(
            "POST",
            "/scans",
            one.at,
            json={"aisle": aisle},
            cancelled=one.cancelled,
            rounds=one.rounds,
        )
        for aisle, one in errands
    ]
    looks = [Ask("GET", "/pool", at) for at in plan.looks]
    seen = await warehouse.exam.carry_out([*scans, *looks])
    warehouse.refused = 0.0, 0.0
    return seen

"""The place of a link that broke, or of a scan that failed, is free again."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.bounded_pool.causes import letting_pass
from graders.suites.bounded_pool.expectations import (
    expect_few_open,
    expect_three_places,
)
from graders.suites.bounded_pool.replies import expect_scanned
from graders.suites.bounded_pool.world import LINKS, TROUBLES, Warehouse, leave


@check(
    "resources",
    points=2,
    hint="Follow each of the three exceptions from where it is raised: which of your "
    "lines does it pass, and does one of them give the place back?",
)
async def test_no_place_is_lost_by_an_error(exam: Exam) -> None:
    """No place is lost when a scan fails, a link breaks, or none can be opened."""
    warehouse = Warehouse(exam)
    for trouble in exam.random.sample(TROUBLES, len(TROUBLES)):
        warehouse.refuses = trouble == "LinkRefused"
        # More often than there are places: each error could cost one.
        for _ in range(LINKS + 1):
            reply = await warehouse.scan(warehouse.aisle(trouble))
            calls = exam.services.calls
            exam.expect(
                reply.status != 503,
                f"a place after {trouble}",
                f"{reply.request} waited for one in vain",
                site=letting_pass(exam, calls[-1].site, trouble)
                if calls
                else exam.endpoint(reply.run),
            )
            await exam.settle()
        warehouse.refuses = False
        await expect_three_places(warehouse, trouble)
        await exam.settle()
        await warehouse.break_all()


@check(
    "resources",
    points=1,
    hint="Somebody waits for a link to come back, and it never will. What could come "
    "back in its stead, and when?",
)
async def test_a_broken_link_makes_room_for_who_waits(exam: Exam) -> None:
    """When a link breaks, a request that waits gets a new one, once it is closed."""
    warehouse = Warehouse(exam)
    exam.services.close_link.takes(0.5)
    for leaves in (False, True):
        with exam.services.scan.gate():
            exchanges = warehouse.start_some(trouble="LinkBroken")
            await exam.settle(0.5)
            waiting = warehouse.start_some()
            await exam.settle(0.5)
        if leaves:
            await exam.sleep(0.25)
            await leave(exchanges)
        else:
            for exchange in exchanges:
                exam.expect_status(await exchange.reply(), 502)
        for exchange in waiting:
            expect_scanned(exam, await exchange.reply())
        await exam.settle()
    expect_few_open(warehouse, ", until close_link has ended")

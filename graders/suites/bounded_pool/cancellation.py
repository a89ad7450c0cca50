"""A request that is cancelled, or has waited too long, gives back what it took."""

from __future__ import annotations

from graders.proctor import Exam, Site, check
from graders.suites.bounded_pool.causes import NO_ERROR, passed_by
from graders.suites.bounded_pool.expectations import expect_three_places
from graders.suites.bounded_pool.replies import expect_scanned
from graders.suites.bounded_pool.world import (
    LINKS,
    PATIENCE,
    ROUNDS,
    Warehouse,
    cancel,
    leave,
    returned,
)


@check(
    "resources",
    points=2,
    hint="A cancelled request leaves at the line at which it waits. What had it taken "
    "by then: nothing, a place, or a place and a link?",
)
async def test_no_place_is_lost_by_a_cancelled_request(exam: Exam) -> None:
    """No place is lost when a request is cancelled while it opens, scans or closes."""
    warehouse, given = Warehouse(exam), exam.services
    # The earlier stage first: a place that is lost there is lost for the later one too.
    for service in (given.open_link, given.scan, given.close_link):
        await warehouse.break_all()
        with service.gate():
            exchanges = warehouse.start_some(
                trouble="LinkBroken" if service is given.close_link else ""
            )
            await exam.settle(1)
            begun = len(service.calls)
            waiting = warehouse.start(warehouse.aisle())
            await exam.settle(0.5)
            cancel(exchanges)
            await exam.settle(1)
        # Who has begun something may wait for its end.
        await returned(exchanges)
        await exam.settle()
        exam.expect(
            begun > 0,
            f"{service.name} is called",
            "it was not",
            site=exam.endpoint(exchanges[0].run),
        )
        left = service.calls[begun - 1].site
        clause = passed_by(exam, left)
        await expect_three_places(
            warehouse,
            f"a request cancelled in {service.name}",
            site=clause,
            advice="" if clause == left else NO_ERROR,
        )
        expect_scanned(exam, await waiting.reply())
        await exam.settle()


@check(
    "resources",
    points=2,
    hint="Who stops waiting has no link to give back, but may have been promised one. "
    "Is a promise to somebody who has left passed on?",
)
async def test_no_place_is_lost_by_who_stops_waiting(exam: Exam) -> None:
    """No place is lost when a request stops waiting, cancelled or after 2 s."""
    warehouse = Warehouse(exam)
    wait = await _line_of_the_wait(warehouse)
    await expect_three_places(warehouse, "a wait that ended after 2 s", site=wait)
    await exam.settle()
    for rounds in range(ROUNDS):
        with exam.services.scan.gate():
            working = await warehouse.occupy()
            waiting = warehouse.start_some()
            await exam.settle(1)
            if not rounds:
                await leave(waiting)
        # Now the links come back, while those who wait for them go away.
        if rounds:
            await leave(waiting, rounds)
        for exchange in working:
            expect_scanned(exam, await exchange.reply())
        await exam.settle()
        await expect_three_places(
            warehouse, "a request cancelled in its wait", site=wait
        )
        await exam.settle()

    # Links that come back at the very moment at which the wait for them ends.
    exam.services.scan.takes(PATIENCE)
    for exchange in warehouse.start_some(2 * LINKS):
        await exchange.reply()
    exam.services.scan.takes(0)
    await exam.settle()
    await expect_three_places(
        warehouse, "a link that came back when a wait ended", site=wait
    )


async def _line_of_the_wait(warehouse: Warehouse) -> Site | None:
    """The line at which a request waits that finds no place, if it can be told."""
    exam = warehouse.exam
    with exam.services.scan.gate():
        working = await warehouse.occupy()
        reply = await warehouse.scan(warehouse.aisle())
    for exchange in working:
        await exchange.reply()
    await exam.settle()
    waited = exam.causes.of_turns(reply.began, reply.ended)
    return waited or exam.causes.of_timer(reply.ended, reply.run)

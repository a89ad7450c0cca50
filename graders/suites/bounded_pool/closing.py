"""Which links are closed, and when."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.bounded_pool.causes import letting_pass
from graders.suites.bounded_pool.expectations import expect_closed_once
from graders.suites.bounded_pool.world import (
    LINKS,
    Warehouse,
    cancel,
    leave,
    link_of,
    returned,
)


@check(
    "resources",
    points=1,
    hint="Which code does FastAPI run when the service stops, and does it know of "
    "every link that is open by then?",
)
async def test_every_link_is_closed_once(exam: Exam) -> None:
    """A broken link is closed, all others when the service stops, and each once."""
    warehouse = Warehouse(exam)
    exam.services.scan.takes(0.25)
    await warehouse.scan_well(warehouse.aisles(5))
    await warehouse.scan_badly("LinkBroken")
    _expect_the_broken_one_closed(warehouse)

    exam.services.scan.takes(0)
    await warehouse.scan_well(warehouse.aisles(LINKS))
    await exam.settle()
    for service in (exam.services.open_link, exam.services.scan):
        await warehouse.break_all()
        with service.gate():
            exchanges = warehouse.start_some()
            await exam.settle(1)
            cancel(exchanges)
            await exam.settle(1)
        await returned(exchanges)
        await exam.settle()
    # One is being closed when the service stops, by a request that is given up; another
    # one is given up in its scan, and who closes its link is not done by then.
    slow: dict[object, float] = {}
    exam.services.close_link.takes(lambda link: slow.get(link, 0.0))
    bad, sound = warehouse.aisle("LinkBroken"), warehouse.aisle()
    exam.services.scan.takes(lambda link, aisle: 1.0 if aisle == sound else 0.0)
    with exam.services.scan.gate():
        exchanges = [warehouse.start(bad), warehouse.start(sound)]
        await exam.settle(1)
        # Also after the other one has been closed, as it may be when it was kept.
        broken, kept = map(link_of, warehouse.scans[-2:])
        slow = {broken: 10.0, kept: 5.0}
    await exam.sleep(0.25)
    await leave(exchanges)
    await exam.lifespan.stop()
    await exam.settle()
    expect_closed_once(warehouse)
    _expect_none_open(warehouse)


def _expect_the_broken_one_closed(warehouse: Warehouse) -> None:
    """Of all links the one of the last scan is closed, and no other."""
    last, exam = warehouse.scans[-1], warehouse.exam
    exam.expect(
        link_of(last) in map(link_of, warehouse.closed),
        "a broken link is closed",
        "it was not",
        advice="Follow LinkBroken from where scan raises it: which of your lines does "
        "it pass, and does one of them close the link?",
        site=letting_pass(exam, last.site, "LinkBroken"),
    )
    thrown_away = warehouse.closed_unbroken
    exam.expect(
        not thrown_away,
        "links that are sound stay open while the service runs",
        f"{len(thrown_away)} of them closed",
        advice="Which links are worth keeping, and which one had to be closed here?",
        site=thrown_away[-1:],
    )


def _expect_none_open(warehouse: Warehouse) -> None:
    opened = [call for call in warehouse.opened if call.outcome == "answered"]
    left = len(opened) - len({link_of(call) for call in warehouse.closed})
    warehouse.exam.expect(
        left == 0,
        "no link is open when the service has stopped",
        f"{left} of {len(opened)}",
        site=opened[-1:],
        timeline=[*opened, *warehouse.closed],
    )

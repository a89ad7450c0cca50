"""What is answered to a scan in which something is raised, and about the pool."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.bounded_pool.causes import passed_by
from graders.suites.bounded_pool.expectations import expect_opened, expect_pool
from graders.suites.bounded_pool.replies import expect_bad_gateway
from graders.suites.bounded_pool.world import TROUBLES, Warehouse, leave


@check(
    "errors",
    points=1,
    hint="Which three exceptions may come from the functions in given.py, and which of "
    "your lines turns each into a 502?",
)
async def test_what_the_scanners_raise_is_a_502(exam: Exam) -> None:
    """A scan that fails, a link that breaks or is refused is a 502, and tried once."""
    warehouse = Warehouse(exam)
    for trouble in exam.random.sample(TROUBLES, len(TROUBLES)):
        warehouse.refuses = trouble == "LinkRefused"
        opened, scanned = len(warehouse.opened), len(warehouse.scans)
        reply = await warehouse.scan(warehouse.aisle(trouble))
        warehouse.refuses = False
        expect_bad_gateway(exam, reply)
        opens, scans = warehouse.opened[opened:], warehouse.scans[scanned:]
        tried = max(len(opens), len(scans))
        again = (scans[1:] or opens[1:])[-1:]
        exam.expect(
            tried == 1,
            f"a request that meets {trouble} tries once",
            f"it tried {tried} times",
            advice="Which of your lines runs after the exception, and is there "
            "another call in it?",
            site=[*again, exam.answer(reply.run)],
            timeline=exam.services.calls,
        )
        await exam.settle()
        await warehouse.break_all()


@check(
    "errors",
    points=1,
    hint="What do you know of an aisle once its request has been answered, and for how "
    "long is that true?",
)
async def test_an_aisle_is_scanned_for_each_request(exam: Exam) -> None:
    """An aisle is scanned for each request: its pallets come and go."""
    warehouse = Warehouse(exam)
    aisle = warehouse.aisle()
    for change in (warehouse.restock, warehouse.clear, warehouse.restock):
        await warehouse.scan_well([aisle])
        await exam.settle()
        change(aisle)
    await warehouse.scan_well([aisle])


@check(
    "errors",
    points=1,
    hint="A scan that saw nothing says nothing about its link.",
)
async def test_a_failed_scan_leaves_its_link_in_the_pool(exam: Exam) -> None:
    """After a scan that failed its link is used again, also for the same aisle."""
    warehouse = Warehouse(exam)
    aisle = await warehouse.scan_badly("ScanFailed")
    warehouse.mend(aisle)
    await warehouse.scan_well([aisle])
    expect_opened(warehouse, 1, "a scan that failed and one that did not")


@check(
    "concurrency",
    points=1,
    hint="Count what is open, idle and waited for where it changes, on every way out.",
)
async def test_the_pool_tells_its_state(exam: Exam) -> None:
    """`GET /pool` tells what is open, idle and waited for."""
    warehouse = Warehouse(exam)
    await expect_pool(exam, "before the first scan", 0, 0, 0)
    waiting = exam.random.randint(2, 4)
    with exam.services.scan.gate():
        working = await warehouse.occupy(2)
        await expect_pool(exam, "while two scans are in flight", 2, 0, 0)
        working += await warehouse.occupy(1)
        *late, gone = warehouse.start_some(waiting)
        await exam.settle(0.5)
        await expect_pool(exam, f"while {waiting} requests wait", 3, 0, waiting)
        await leave([gone])
        # The others wait still: a wait that has ended was the one that was left.
        left = passed_by(exam, exam.causes.of_turns(gone.began, exam.now))
        await expect_pool(
            exam, "after one of them has left", 3, 0, waiting - 1, site=left
        )
        for exchange in late:
            exam.expect_status(await exchange.reply(), 503)
        await expect_pool(exam, "when nobody waits any more", 3, 0, 0)
    for exchange in working:
        exam.expect_status(await exchange.reply(), 200)
    await exam.settle()
    await expect_pool(exam, "when all is quiet", 3, 3, 0)
    await warehouse.scan_badly("LinkBroken")
    await expect_pool(exam, "after a link has broken", 2, 2, 0)
    with exam.services.close_link.gate():
        gone = warehouse.start(warehouse.aisle("LinkBroken"))
        await exam.calls_in_flight(1, "close_link")
        gone.cancel()
        await exam.settle(1)
    await gone.returns()
    await exam.settle()
    await expect_pool(exam, "after a request has left that closed its link", 1, 1, 0)

"""The wait for a place: two seconds, for each request its own."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.bounded_pool.replies import expect_scanned
from graders.suites.bounded_pool.world import LINKS, PATIENCE, Warehouse


@check(
    "timeouts",
    points=2,
    hint="2 s are the limit of the wait for a place. What ends the wait, and what is "
    "the answer then?",
)
async def test_a_request_waits_two_seconds_for_a_place(exam: Exam) -> None:
    """After 2 s without a place the answer is a 503, and the aisle is not scanned."""
    warehouse = Warehouse(exam)
    with exam.services.scan.gate():
        working = await warehouse.occupy()
        reply = await warehouse.scan(warehouse.aisle())
        exam.expect_status(reply, 503)
        exam.expect_took(reply, PATIENCE, calls=[])
    for exchange in working:
        expect_scanned(
            exam,
            await exchange.reply(),
            advice="Who has a place waits for his scan. Does the limit count that?",
        )
    await exam.settle()
    exam.expect(
        len(warehouse.scans) == LINKS,
        "a request that answered 503 scans nothing",
        "its aisle was scanned afterwards",
        site=warehouse.scans[-1].site,
        timeline=warehouse.scans,
    )


@check(
    "timeouts",
    points=1,
    hint="The limit is for the wait, and for nothing that comes after it.",
)
async def test_only_the_wait_is_limited(exam: Exam) -> None:
    """A place after 1.9 s is in time; opening and scanning may take longer than 2 s."""
    warehouse = Warehouse(exam)
    exam.services.open_link.takes(3.0)
    (reply,) = await warehouse.scan_well(warehouse.aisles(1))
    exam.expect_took(reply, 3.0)
    exam.services.open_link.takes(0)
    last = warehouse.aisle()
    exam.services.scan.takes(lambda link, aisle: 5.0 if aisle == last else 1.9)
    slow = warehouse.start_some()
    await exam.calls_in_flight(LINKS, "scan")

    (reply,) = await warehouse.scan_well([last])

    exam.expect_took(reply, 6.9)
    for exchange in slow:
        exam.expect_took(await exchange.reply(), 1.9)


@check(
    "timeouts",
    points=1,
    hint="Each request waits for its own 2 s. Does any of them wait behind another?",
)
async def test_all_who_wait_are_answered_in_time(exam: Exam) -> None:
    """Of several requests that find no place, each has its 503 after its own 2 s."""
    warehouse = Warehouse(exam)
    with exam.services.scan.gate():
        await warehouse.occupy()
        waiting = []
        for _ in range(exam.random.randint(3, 5)):
            waiting.append(warehouse.start(warehouse.aisle()))
            await exam.sleep(0.3)
        replies = [await exchange.reply() for exchange in waiting]
    for reply in replies:
        exam.expect_status(reply, 503)
        exam.expect_took(reply, PATIENCE, calls=[])
    await exam.settle()

    # Links that come back before then are for others: the wait does not begin anew.
    scanning = 1.5
    exam.services.scan.takes(scanning)
    exchanges = warehouse.start_some(3 * LINKS)
    for reply in [await exchange.reply() for exchange in exchanges]:
        exam.expect(
            reply.took <= 2 * scanning,
            f"an answer after {PATIENCE:g} s, or a place by then",
            f"a place after {reply.took - scanning:g} s",
            site=exam.causes.of_turns(reply.began, reply.ended)
            or exam.endpoint(reply.run),
        )

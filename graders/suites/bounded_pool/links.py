"""Three links and no more, all of them used, kept and used again."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.bounded_pool.expectations import (
    expect_alone,
    expect_few_open,
    expect_opened,
)
from graders.suites.bounded_pool.world import LINKS, Warehouse, link_of


@check(
    "concurrency",
    points=3,
    hint="Count the places, not the links: who has none waits, and three have one.",
)
async def test_of_ten_scans_at_once_three_are_in_flight(exam: Exam) -> None:
    """Of ten scans at once three are in flight, through three links, and all answer."""
    warehouse = Warehouse(exam)
    exam.services.scan.takes(0.25)

    # Each of these finds a place: one that waits does so for something else.
    await warehouse.scan_well(warehouse.aisles(LINKS))
    exam.expect_peak(
        LINKS,
        warehouse.scans,
        advice="Each of the three has a link. What else does one of them wait for?",
    )

    await warehouse.scan_well(warehouse.aisles(10))
    expect_few_open(warehouse)
    exam.expect_peak(LINKS, warehouse.scans[LINKS:])
    for call in warehouse.scans:
        expect_alone(exam, call)


@check(
    "errors",
    points=2,
    hint="Two exceptions say that a scan went wrong. After which of them can the link "
    "still be used?",
)
async def test_a_broken_link_is_never_used_again(exam: Exam) -> None:
    """A broken link is never used again, and the next scan gets a new one."""
    warehouse = Warehouse(exam)
    await warehouse.scan_well(warehouse.aisles(1))
    await warehouse.scan_badly("LinkBroken")
    before = len(warehouse.scans)

    reply = await warehouse.scan(warehouse.aisle())

    used = warehouse.scans[before:]
    broken = any(link_of(call) in warehouse.broken for call in used)
    exam.expect(
        len(used) == 1 and not broken,
        "the next scan goes through another link",
        "it went through the broken one" if broken else f"{len(used)} scans",
        site=[*used[-1:], exam.answer(reply.run)],
        timeline=exam.services.calls,
    )
    exam.expect_status(reply, 200)


@check(
    "resources",
    points=2,
    hint="A link that comes back is worth keeping. Where do you look before you open "
    "another one?",
)
async def test_links_are_reused(exam: Exam) -> None:
    """Links are kept: one for scans in turn, three for ten scans at once."""
    warehouse = Warehouse(exam)
    for _ in range(10):
        await warehouse.scan_well(warehouse.aisles(1))
        await exam.settle()
    expect_opened(warehouse, 1, "ten scans, one after the other")

    exam.services.scan.takes(0.25)
    await warehouse.scan_well(warehouse.aisles(10))
    expect_opened(warehouse, LINKS, "ten scans at once")

    await warehouse.scan_badly("LinkBroken")
    await warehouse.scan_well(warehouse.aisles(1))
    expect_opened(warehouse, LINKS, "all scans, two links being idle now")


@check(
    "concurrency",
    points=2,
    hint="Opening takes a while. Who has to wait for it, and who need not?",
)
async def test_nobody_waits_for_the_link_of_another(exam: Exam) -> None:
    """Three links that are needed at once are opened at once, then taken in turn."""
    warehouse = Warehouse(exam)
    opening, scanning = 0.5, exam.random.choice((0.25, 0.375, 0.4))
    exam.services.open_link.takes(opening)
    exam.services.scan.takes(scanning)

    for reply in await warehouse.scan_well(warehouse.aisles(LINKS)):
        exam.expect_took(reply, round(opening + scanning, 9))

    replies = await warehouse.scan_well(warehouse.aisles(2 * LINKS))
    slowest = max(replies, key=lambda reply: reply.took)
    exam.expect_took(slowest, round(2 * scanning, 9))

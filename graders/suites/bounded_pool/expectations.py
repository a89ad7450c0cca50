"""What is expected of the pool: its state, its places and its links."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord, Exam, Site
from graders.suites.bounded_pool.causes import places_in_a_row
from graders.suites.bounded_pool.replies import expect_scanned
from graders.suites.bounded_pool.world import LINKS, Warehouse, link_of

STATE = ("open", "idle", "waiting")


async def expect_pool(
    exam: Exam, when: str, *state: int, site: Site | None = None
) -> None:
    """`GET /pool` answers so many open, idle and waiting.

    Args:
        site: the line that left it with a wrong number of `waiting`, if it is wrong.
    """
    reply = await exam.get("/pool")
    exam.expect_status(reply, 200)
    told, answer = exam.json_of(reply), exam.answer(reply.run)
    exam.expect(
        isinstance(told, dict) and set(told) == set(STATE),
        f"GET /pool answers with {', '.join(STATE)}",
        reply.text[:80],
        site=answer,
    )
    for key, value in zip(STATE, state, strict=True):
        exam.expect(
            told[key] == value and type(told[key]) is int,
            f"GET /pool: the right number of `{key}` {when}",
            f"{told[key]}",
            site=(site if key == "waiting" else None) or answer,
        )


async def expect_three_places(
    warehouse: Warehouse, after: str, *, site: Site | None = None, advice: str = ""
) -> None:
    """Three scans can be in flight again, and no fourth.

    Args:
        site, advice: the line at which a place was lost, if one was, and what to try.
    """
    exam, before = warehouse.exam, len(warehouse.scans)
    with exam.services.scan.gate():
        exchanges = warehouse.start_some(LINKS + 1)
        await exam.settle(1)
        flying = len(warehouse.scans[before:])
    replies = [await exchange.reply() for exchange in exchanges]
    if flying > LINKS:
        expect_few_open(warehouse, f", also after {after}")
        site, advice = warehouse.scans[-1].site, ""
    exam.expect(
        flying == LINKS,
        f"{LINKS} scans in flight after {after}",
        f"{flying} in flight at once",
        advice=advice,
        site=site or exam.endpoint(exchanges[-1].run),
        timeline=warehouse.scans[before:],
    )
    for reply in replies:
        expect_scanned(exam, reply)
    expect_few_open(warehouse, f", also after {after}")


def expect_few_open(warehouse: Warehouse, when: str = "") -> None:
    """Never were more links open than there may be.

    One too many was opened either while another was still being closed, and the line
    that closes it stands where its place was given away; or without a place at all.
    """
    highest, last = warehouse.most_open()
    closing = [
        call
        for call in warehouse.closed
        if last
        and call.entered < last.entered
        and (call.in_flight or call.left > last.entered)
    ]
    cause = closing[-1] if closing else last
    warehouse.exam.expect(
        highest <= LINKS,
        f"at most {LINKS} links open{when}",
        f"{highest}",
        advice="A link counts as open until close_link has ended. From when on can "
        "somebody else have its place?"
        if closing
        else "",
        site=cause,
        timeline=[*warehouse.opened, *warehouse.closed],
    )


def expect_opened(warehouse: Warehouse, links: int, when: str) -> None:
    """So many links have been opened until now."""
    opened = warehouse.opened
    last = (warehouse.closed_unbroken or opened)[-1:]
    places = places_in_a_row(warehouse)
    warehouse.exam.expect(
        len(opened) == links,
        f"{links} {'link' if links == 1 else 'links'} opened for {when}",
        f"{len(opened)} opened",
        advice="All links are kept, but a place without one was lent while a link was "
        "idle. In which order does this hand out what it holds?"
        if places
        else "",
        site=[places, *last],
        no_site="" if opened else "open_link was never called",
        timeline=opened,
    )


def expect_alone(
    exam: Exam, call: CallRecord, timeline: Sequence[CallRecord] | None = None
) -> None:
    """When a scan began, its link carried no other one."""
    others = [
        one
        for one in exam.services.scan.calls
        if link_of(one) == link_of(call) and one.entered < call.entered < one.left
    ]
    exam.expect(
        not others,
        "one scan at a time through each link",
        "two scans shared a link",
        site=call.site,
        timeline=timeline or [*others, call],
    )


def expect_closed_once(warehouse: Warehouse) -> None:
    """No link is closed twice; where that was cancelled, it may be tried again."""
    ended = [call for call in warehouse.closed if call.outcome != "cancelled"]
    links = [link_of(call) for call in ended]
    twice = [call for call in ended if links.count(link_of(call)) > 1]
    warehouse.exam.expect(
        not twice,
        "each link is closed once",
        "a link was closed twice",
        advice="Two of your lines close this link. Which of them should know that it "
        "is closed already?",
        site=twice[-1:],
    )

"""Scanner links: what a pool lends out, and what it gets back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from random import Random
from typing import Any

from graders.proctor import (
    FREEDOMS,
    Ask,
    CallRecord,
    Exam,
    Exchange,
    Observation,
    Raises,
    Reply,
    Site,
    check,
    every_schedule,
    seconds,
)

_LINKS = 3
_PATIENCE = 2.0
_OPENING = 0.5
_STATE = ("open", "idle", "waiting")
# How many rounds of the event loop a cancellation comes after a link was given back.
_ROUNDS = 6
_NO_ERROR = (
    "A cancellation passes by this clause. What had the request taken by then: "
    "nothing, a place, or a place and a link?"
)
_TROUBLES = ("ScanFailed", "LinkBroken", "LinkRefused")


class Warehouse:
    """The world: aisles with pallets, and links that know what became of them.

    Attributes:
        troubles: what `scan` raises in an aisle.
        refuses: whether no link can be opened.
        refused: from when to when none can.
        opened_links: the numbers of those that were, in order.
        breaks: the scans that raised LinkBroken, as link and aisle.
    """

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        self._numbers = count(exam.random.randrange(100, 900))
        # No number twice, also where a pool has links of an earlier warehouse.
        earlier = len(exam.services.open_link.calls)
        self._links = count(exam.random.randrange(100, 900) + 1_000 * earlier)
        self.opened_links: list[int] = []
        self.breaks: set[tuple[int, str]] = set()
        self._broken: set[int] = set()
        self._closed: set[int] = set()
        self._pallets: dict[str, list[str]] = {}
        self.troubles: dict[str, str] = {}
        self.refuses = False
        self.refused = 0.0, 0.0
        exam.services.open_link.answers(self._open)
        exam.services.scan.answers(self._scan)
        exam.services.close_link.answers(self._close)

    def _open(self) -> int:
        begin, end = self.refused
        if self.refuses or begin <= self._exam.now < end:
            raise Raises("LinkRefused", "no more links")
        self.opened_links.append(next(self._links))
        return self.opened_links[-1]

    def _scan(self, link: int, aisle: str) -> list[str]:
        if self.troubles.get(aisle) == "LinkBroken":
            self._broken.add(link)
        if link in self._broken | self._closed:
            self.breaks.add((link, aisle))
            raise Raises("LinkBroken", f"link {link}")
        if aisle in self.troubles:
            raise Raises(self.troubles[aisle], aisle)
        return self._pallets.get(aisle, [])

    def _close(self, link: int) -> None:
        self._closed.add(link)

    def aisle(self, trouble: str = "") -> str:
        """A new aisle; `trouble` names what a scan there raises."""
        number, draw = next(self._numbers), self._exam.random
        aisle = f"{draw.choice('ABCDEFGH')}{number}"
        self._pallets[aisle] = [
            f"PAL-{draw.randrange(10_000, 99_999)}" for _ in range(draw.randint(1, 3))
        ]
        if trouble:
            self.troubles[aisle] = trouble
        return aisle

    def page(self, aisle: str) -> dict[str, Any]:
        return {"aisle": aisle, "pallets": self._pallets[aisle]}

    # --- requests ---------------------------------------------------------------------

    def start(self, aisle: str) -> Exchange:
        return self._exam.start("POST", "/scans", json={"aisle": aisle})

    async def scan(self, aisle: str) -> Reply:
        return await self._exam.post("/scans", json={"aisle": aisle})

    async def scan_well(self, aisles: Sequence[str]) -> list[Reply]:
        """Scan aisles at the same time; each is answered with its own pallets."""
        replies = await asyncio.gather(*map(self.scan, aisles))
        for aisle, reply in zip(aisles, replies, strict=True):
            _expect_scanned(self._exam, reply)
            self._exam.expect_json(reply, self.page(aisle), source="scan()")
        return replies

    async def occupy(self, places: int = _LINKS) -> list[Exchange]:
        """Start scans, each of which finds a place; `scan` should be at a gate."""
        before = sum(call.in_flight for call in self.scans)
        exchanges = [self.start(self.aisle()) for _ in range(places)]
        await self._exam.settle(1)
        flying = sum(call.in_flight for call in self.scans) - before
        self._exam.expect(
            flying == places,
            f"{before + places} scans in flight",
            f"{before + flying}",
            advice="Three scans may be in flight at the same time. What does one of "
            "them wait for?",
            site=self._exam.endpoint(exchanges[0].run),
            timeline=self._exam.services.calls,
        )
        return exchanges

    # --- what has happened ------------------------------------------------------------

    @property
    def opened(self) -> list[CallRecord]:
        return self._exam.services.open_link.calls

    @property
    def scans(self) -> list[CallRecord]:
        return self._exam.services.scan.calls

    @property
    def closed(self) -> list[CallRecord]:
        return self._exam.services.close_link.calls

    @property
    def closed_unbroken(self) -> list[CallRecord]:
        """Calls that closed a link which was as good as new."""
        return [
            call for call in self.closed if call.arguments["link"] not in self._broken
        ]

    def is_broken(self, link: object) -> bool:
        return link in self._broken

    def heal(self, link: int) -> None:
        """Nobody knows that it broke."""
        self._broken.discard(link)

    def most_open(self) -> tuple[int, CallRecord | None]:
        """How many links were open at once, and the call that opened the last one."""
        changes: list[tuple[int, int, CallRecord | None]] = []
        for call in self.opened:
            changes.append((call.entered, 1, call))
            if call.outcome in ("failed", "cancelled"):
                changes.append((call.left, -1, None))
        changes += [(call.left, -1, None) for call in self.closed if not call.in_flight]
        highest, current, last = 0, 0, None
        for _, change, opening in sorted(changes, key=lambda item: item[0]):
            current += change
            if current > highest:
                highest, last = current, opening
        return highest, last


def _expect_scanned(exam: Exam, reply: Reply, *, advice: str = "") -> None:
    """The reply is a 200.

    Where a limit of time made it a 503, that limit is what has to be looked at.
    """
    limit = exam.causes.of_timer(reply.ended, reply.run)
    exam.expect(
        reply.status != 503 or limit is None,
        f"{reply.request} answers 200",
        f"503 after {reply.took:g} s",
        advice=advice,
        site=limit,
    )
    exam.expect_status(reply, 200)


async def _expect_pool(
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
        isinstance(told, dict) and set(told) == set(_STATE),
        f"GET /pool answers with {', '.join(_STATE)}",
        reply.text[:80],
        site=answer,
    )
    for key, value in zip(_STATE, state, strict=True):
        exam.expect(
            told[key] == value and type(told[key]) is int,
            f"GET /pool: the right number of `{key}` {when}",
            f"{told[key]}",
            site=(site if key == "waiting" else None) or answer,
        )


async def _expect_three_places(
    exam: Exam,
    warehouse: Warehouse,
    after: str,
    *,
    site: Site | None = None,
    advice: str = "",
) -> None:
    """Three scans can be in flight again, and no fourth.

    Args:
        site, advice: the line at which a place was lost, if one was, and what to try.
    """
    before = len(warehouse.scans)
    with exam.services.scan.gate():
        exchanges = [warehouse.start(warehouse.aisle()) for _ in range(_LINKS + 1)]
        await exam.settle(1)
        flying = len(warehouse.scans[before:])
        fourth = exchanges[-1].run
    replies = [await exchange.reply() for exchange in exchanges]
    if flying > _LINKS:
        _expect_few_open(exam, warehouse, f", also after {after}")
        site, advice = warehouse.scans[-1].site, ""
    exam.expect(
        flying == _LINKS,
        f"{_LINKS} scans in flight after {after}",
        f"{flying} in flight at once",
        advice=advice,
        site=site or exam.endpoint(fourth),
        timeline=warehouse.scans[before:],
    )
    for reply in replies:
        _expect_scanned(exam, reply)
    _expect_few_open(exam, warehouse, f", also after {after}")


def _expect_few_open(exam: Exam, warehouse: Warehouse, when: str = "") -> None:
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
    exam.expect(
        highest <= _LINKS,
        f"at most {_LINKS} links open{when}",
        f"{highest}",
        advice="A link counts as open until close_link has ended. From when on can "
        "somebody else have its place?"
        if closing
        else "",
        site=cause.site if cause else None,
        timeline=[*warehouse.opened, *warehouse.closed],
    )


# --- three links, and no more ---------------------------------------------------------


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
    await warehouse.scan_well([warehouse.aisle() for _ in range(_LINKS)])
    exam.expect_peak(
        _LINKS,
        warehouse.scans,
        advice="Each of the three has a link. What else does one of them wait for?",
    )

    await warehouse.scan_well([warehouse.aisle() for _ in range(10)])
    _expect_few_open(exam, warehouse)
    exam.expect_peak(_LINKS, warehouse.scans[_LINKS:])
    for call in warehouse.scans:
        others = [
            one
            for one in warehouse.scans
            if one.arguments["link"] == call.arguments["link"]
            and one.entered < call.entered < one.left
        ]
        exam.expect(
            not others,
            "one scan at a time through each link",
            "two scans shared a link",
            site=call.site,
            timeline=[*others, call],
        )


@check(
    "errors",
    points=2,
    hint="Two exceptions say that a scan went wrong. After which of them can the link "
    "still be used?",
)
async def test_a_broken_link_is_never_used_again(exam: Exam) -> None:
    """A broken link is never used again, and the next scan gets a new one."""
    warehouse = Warehouse(exam)
    await warehouse.scan_well([warehouse.aisle()])
    exam.expect_status(await warehouse.scan(warehouse.aisle("LinkBroken")), 502)
    await exam.settle()
    before = len(warehouse.scans)

    reply = await warehouse.scan(warehouse.aisle())

    used = warehouse.scans[before:]
    broken = [call for call in used if warehouse.is_broken(call.arguments["link"])]
    exam.expect(
        len(used) == 1 and not broken,
        "the next scan goes through another link",
        "it went through the broken one" if broken else f"{len(used)} scans",
        site=used[-1].site if used else exam.answer(reply.run),
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
        await warehouse.scan_well([warehouse.aisle()])
        await exam.settle()
    _expect_opened(exam, warehouse, 1, "ten scans, one after the other")

    exam.services.scan.takes(0.25)
    await warehouse.scan_well([warehouse.aisle() for _ in range(10)])
    _expect_opened(exam, warehouse, _LINKS, "ten scans at once")

    exam.expect_status(await warehouse.scan(warehouse.aisle("LinkBroken")), 502)
    await exam.settle()
    await warehouse.scan_well([warehouse.aisle()])
    _expect_opened(exam, warehouse, _LINKS, "all scans, two links being idle now")


def _expect_opened(exam: Exam, warehouse: Warehouse, links: int, when: str) -> None:
    opened, thrown_away = warehouse.opened, warehouse.closed_unbroken
    last = (thrown_away or opened)[-1:]
    places = _places_in_a_row(exam, warehouse)
    exam.expect(
        len(opened) == links,
        f"{links} {'link' if links == 1 else 'links'} opened for {when}",
        f"{len(opened)} opened",
        advice="All links are kept, but a place without one was lent while a link was "
        "idle. In which order does this hand out what it holds?"
        if places
        else "",
        site=places or (last[0].site if last else None),
        no_site="" if opened else "open_link was never called",
        timeline=opened,
    )


def _places_in_a_row(exam: Exam, warehouse: Warehouse) -> Site | None:
    """The line that makes a queue of places, if an empty one was lent before a link.

    So it is where links are used again and no sound one is closed, where no more of
    them are kept than there are places, and where no request opened two.
    """
    opened, closed, scans = warehouse.opened, warehouse.closed, warehouse.scans
    reused = len({call.arguments["link"] for call in scans}) < len(scans)
    too_many = len(opened) - len(closed) > _LINKS
    together = len({call.run for call in opened}) < len(opened)
    if not reused or warehouse.closed_unbroken or too_many or together:
        return None
    queues = exam.code.mentions("Queue", "LifoQueue", "PriorityQueue")
    return next(iter(queues), None)


@check(
    "concurrency",
    points=2,
    hint="Opening takes a while. Who has to wait for it, and who need not?",
)
async def test_nobody_waits_for_the_link_of_another(exam: Exam) -> None:
    """Three links that are needed at once are opened at once, then taken in turn."""
    warehouse = Warehouse(exam)
    exam.services.open_link.takes(_OPENING)
    seconds = exam.random.choice((0.25, 0.375, 0.4))
    exam.services.scan.takes(seconds)

    replies = await warehouse.scan_well([warehouse.aisle() for _ in range(_LINKS)])
    for reply in replies:
        exam.expect_took(reply, round(_OPENING + seconds, 9))

    replies = await warehouse.scan_well([warehouse.aisle() for _ in range(6)])
    slowest = max(replies, key=lambda reply: reply.took)
    exam.expect_took(slowest, round(2 * seconds, 9))


# --- the wait for a place -------------------------------------------------------------


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
        exam.expect_took(reply, _PATIENCE, calls=[])
    for exchange in working:
        _expect_scanned(
            exam,
            await exchange.reply(),
            advice="Who has a place waits for his scan. Does the limit count that?",
        )
    await exam.settle()
    exam.expect(
        len(warehouse.scans) == _LINKS,
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
    (reply,) = await warehouse.scan_well([warehouse.aisle()])
    exam.expect_took(reply, 3.0)
    exam.services.open_link.takes(0)
    last = warehouse.aisle()
    exam.services.scan.takes(lambda link, aisle: 5.0 if aisle == last else 1.9)
    slow = [warehouse.start(warehouse.aisle()) for _ in range(_LINKS)]
    await exam.calls_in_flight(_LINKS, "scan")

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
        exam.expect_took(reply, _PATIENCE, calls=[])
    await exam.settle()

    # Links that come back before then are for others: the wait does not begin anew.
    exam.services.scan.takes(1.5)
    exchanges = [warehouse.start(warehouse.aisle()) for _ in range(3 * _LINKS)]
    replies = [await exchange.reply() for exchange in exchanges]
    for reply in replies:
        exam.expect(
            reply.took <= 2 * 1.5,
            f"an answer after {_PATIENCE:g} s, or a place by then",
            f"a place after {reply.took - 1.5:g} s",
            site=exam.causes.of_turns(reply.began, reply.ended)
            or exam.endpoint(reply.run),
        )


# --- what is given back ---------------------------------------------------------------


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
    await warehouse.scan_well([warehouse.aisle() for _ in range(5)])
    broken = await warehouse.scan(warehouse.aisle("LinkBroken"))
    exam.expect_status(broken, 502)
    await exam.settle()
    dead = warehouse.scans[-1].arguments["link"]
    exam.expect(
        dead in [call.arguments["link"] for call in warehouse.closed],
        "a broken link is closed",
        "it was not",
        advice="Follow LinkBroken from where scan raises it: which of your lines does "
        "it pass, and does one of them close the link?",
        site=_letting_pass(exam, warehouse.scans[-1].site, "LinkBroken"),
    )
    thrown_away = warehouse.closed_unbroken
    exam.expect(
        not thrown_away,
        "links that are sound stay open while the service runs",
        f"{len(thrown_away)} of them closed",
        advice="Which links are worth keeping, and which one had to be closed here?",
        site=thrown_away[-1].site if thrown_away else None,
    )
    exam.services.scan.takes(0)
    await warehouse.scan_well([warehouse.aisle() for _ in range(_LINKS)])
    await exam.settle()
    for service in (exam.services.open_link, exam.services.scan):
        await _break_all(exam, warehouse)
        with service.gate():
            exchanges = [warehouse.start(warehouse.aisle()) for _ in range(_LINKS)]
            await exam.settle(1)
            await _cancel(exam, exchanges)
        await _returned(exchanges)
        await exam.settle()
    # One is being closed when the service stops, by a request that is given up.
    exam.services.close_link.takes(
        lambda link: 5.0 if warehouse.is_broken(link) else 0.0
    )
    exchange = warehouse.start(warehouse.aisle("LinkBroken"))
    await exam.sleep(0.25)
    await _leave([exchange])
    await exam.lifespan.stop()
    await exam.settle()
    _expect_all_closed(exam, warehouse)


def _lending(exam: Exam, site: Site) -> list[Site]:
    """The clauses in which who lends a link sees the errors of a line that uses it."""
    own = exam.code.function(site)
    return [one for one in exam.code.guards(site) if exam.code.function(one) != own]


def _letting_pass(exam: Exam, site: Site | None, error: str) -> Site | None:
    """The clause that catches an error of a line where the link is lent.

    If none does, the last one that it passes by, or the line.
    """
    catching = exam.code.handlers(error, "Exception", "BaseException", raising=True)
    clauses = _lending(exam, site) if site else []
    caught = [clause for clause in clauses if clause in catching]
    return [*caught, *clauses[::-1], site][0]


def _expect_closed_once(exam: Exam, calls: Sequence[CallRecord]) -> None:
    """No link is closed twice; where that was cancelled, it may be tried again."""
    ended = [call for call in calls if call.outcome != "cancelled"]
    links = [call.arguments["link"] for call in ended]
    twice = [call for call in ended if links.count(call.arguments["link"]) > 1]
    exam.expect(
        not twice,
        "each link is closed once",
        "a link was closed twice",
        advice="Two of your lines close this link. Which of them should know that it "
        "is closed already?",
        site=twice[-1].site if twice else None,
    )


def _expect_all_closed(exam: Exam, warehouse: Warehouse) -> None:
    _expect_closed_once(exam, warehouse.closed)
    closed = {call.arguments["link"] for call in warehouse.closed}
    opened = [call for call in warehouse.opened if call.outcome == "answered"]
    left = len(opened) - len(closed)
    exam.expect(
        left == 0,
        "no link is open when the service has stopped",
        f"{left} of {len(opened)}",
        site=opened[-1].site if opened else None,
        timeline=[*opened, *warehouse.closed],
    )


@check(
    "resources",
    points=2,
    hint="Follow each of the three exceptions from where it is raised: which of your "
    "lines does it pass, and does one of them give the place back?",
)
async def test_no_place_is_lost_by_an_error(exam: Exam) -> None:
    """No place is lost when a scan fails, a link breaks, or none can be opened."""
    warehouse = Warehouse(exam)
    for trouble in exam.random.sample(_TROUBLES, len(_TROUBLES)):
        warehouse.refuses = trouble == "LinkRefused"
        # More often than there are places: each error could cost one.
        for _ in range(_LINKS + 1):
            exchange = warehouse.start(warehouse.aisle(trouble))
            reply = await exchange.reply()
            calls = exam.services.calls
            exam.expect(
                reply.status != 503,
                f"a place after {trouble}",
                f"{reply.request} waited for one in vain",
                site=_letting_pass(exam, calls[-1].site, trouble)
                if calls
                else exam.endpoint(reply.run),
            )
            await exam.settle()
        warehouse.refuses = False
        await _expect_three_places(exam, warehouse, trouble)
        await exam.settle()
        await _break_all(exam, warehouse)


async def _break_all(exam: Exam, warehouse: Warehouse) -> None:
    """Let every link break, so that the next scans must open links."""
    with exam.services.scan.gate():
        exchanges = [
            warehouse.start(warehouse.aisle("LinkBroken")) for _ in range(_LINKS)
        ]
        await exam.settle(1)
    for exchange in exchanges:
        await exchange.reply()
    await exam.settle()


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
            exchanges = [
                warehouse.start(warehouse.aisle("LinkBroken")) for _ in range(_LINKS)
            ]
            await exam.settle(0.5)
            aisles = [warehouse.aisle() for _ in range(_LINKS)]
            waiting = [warehouse.start(aisle) for aisle in aisles]
            await exam.settle(0.5)
        if leaves:
            await exam.sleep(0.25)
            await _leave(exchanges)
        else:
            for exchange in exchanges:
                exam.expect_status(await exchange.reply(), 502)
        for exchange in waiting:
            _expect_scanned(exam, await exchange.reply())
        await exam.settle()
    _expect_few_open(exam, warehouse, ", until close_link has ended")


@check(
    "resources",
    points=2,
    hint="A cancelled request leaves at the line at which it waits. What had it taken "
    "by then: nothing, a place, or a place and a link?",
)
async def test_no_place_is_lost_by_a_cancelled_request(exam: Exam) -> None:
    """No place is lost when a request is cancelled while it opens, scans or closes."""
    warehouse = Warehouse(exam)
    services = exam.services.open_link, exam.services.scan, exam.services.close_link
    # The earlier stage first: a place that is lost there is lost for the later one too.
    for service in services:
        trouble = "LinkBroken" if service is exam.services.close_link else ""
        await _break_all(exam, warehouse)
        with service.gate():
            exchanges = [
                warehouse.start(warehouse.aisle(trouble)) for _ in range(_LINKS)
            ]
            await exam.settle(1)
            begun = len(service.calls)
            waiting = warehouse.start(warehouse.aisle())
            await exam.settle(0.5)
            await _cancel(exam, exchanges)
        # Who has begun something may wait for its end.
        await _returned(exchanges)
        await exam.settle()
        exam.expect(
            begun > 0,
            f"{service.name} is called",
            "it was not",
            site=exam.endpoint(exchanges[0].run),
        )
        left = service.calls[begun - 1].site
        clause = _passed_by(exam, left)
        await _expect_three_places(
            exam,
            warehouse,
            f"a request cancelled in {service.name}",
            site=clause,
            advice="" if clause == left else _NO_ERROR,
        )
        _expect_scanned(exam, await waiting.reply())
        await exam.settle()


def _passed_by(exam: Exam, site: Site | None) -> Site | None:
    """The last clause that a cancellation of a line passes by, or the line.

    It is one where the link is lent, or around the line itself: those of another
    function are about something else.
    """
    if site is None:
        return None
    near = exam.code.beside(site, exam.code.clauses(site))
    clauses = _lending(exam, site) or near
    seeing = exam.code.handlers("BaseException", "CancelledError", raising=True)
    return site if set(clauses) & set(seeing) else [site, *clauses][-1]


@check(
    "resources",
    points=2,
    hint="Who stops waiting has no link to give back, but may have been promised one. "
    "Is a promise to somebody who has left passed on?",
)
async def test_no_place_is_lost_by_who_stops_waiting(exam: Exam) -> None:
    """No place is lost when a request stops waiting, cancelled or after 2 s."""
    warehouse = Warehouse(exam)
    wait = await _line_of_the_wait(exam, warehouse)
    await _expect_three_places(
        exam, warehouse, "a wait that ended after 2 s", site=wait
    )
    await exam.settle()
    for rounds in range(_ROUNDS):
        with exam.services.scan.gate():
            working = await warehouse.occupy()
            waiting = [warehouse.start(warehouse.aisle()) for _ in range(_LINKS)]
            await exam.settle(1)
            if not rounds:
                await _leave(waiting)
        # Now the links come back, while those who wait for them go away.
        if rounds:
            await _leave(waiting, rounds)
        for exchange in working:
            _expect_scanned(exam, await exchange.reply())
        await exam.settle()
        await _expect_three_places(
            exam, warehouse, "a request cancelled in its wait", site=wait
        )
        await exam.settle()

    # Links that come back at the very moment at which the wait for them ends.
    exam.services.scan.takes(_PATIENCE)
    exchanges = [warehouse.start(warehouse.aisle()) for _ in range(2 * _LINKS)]
    for exchange in exchanges:
        await exchange.reply()
    exam.services.scan.takes(0)
    await exam.settle()
    await _expect_three_places(
        exam, warehouse, "a link that came back when a wait ended", site=wait
    )


async def _line_of_the_wait(exam: Exam, warehouse: Warehouse) -> Site | None:
    """The line at which a request waits that finds no place, if it can be told."""
    with exam.services.scan.gate():
        working = await warehouse.occupy()
        reply = await warehouse.scan(warehouse.aisle())
    for exchange in working:
        await exchange.reply()
    await exam.settle()
    waited = exam.causes.of_turns(reply.began, reply.ended)
    return waited or exam.causes.of_timer(reply.ended, reply.run)


async def _leave(exchanges: Sequence[Exchange], rounds: int = 0) -> None:
    """Cancel requests, `rounds` rounds of the loop later than anything else now."""
    for exchange in exchanges:
        exchange.cancel(rounds=rounds)
    await _returned(exchanges)


async def _cancel(exam: Exam, exchanges: Sequence[Exchange]) -> None:
    """Cancel requests; who has begun something may go on with it."""
    for exchange in exchanges:
        exchange.cancel()
    await exam.settle(1)


async def _returned(exchanges: Sequence[Exchange]) -> None:
    for exchange in exchanges:
        await exchange.returns()


# --- what is answered -----------------------------------------------------------------


@check(
    "errors",
    points=1,
    hint="Which three exceptions may come from the functions in given.py, and which of "
    "your lines turns each into a 502?",
)
async def test_what_the_scanners_raise_is_a_502(exam: Exam) -> None:
    """A scan that fails, a link that breaks or is refused is a 502, and tried once."""
    warehouse = Warehouse(exam)
    for trouble in exam.random.sample(_TROUBLES, len(_TROUBLES)):
        warehouse.refuses = trouble == "LinkRefused"
        opened, scanned = len(warehouse.opened), len(warehouse.scans)
        reply = await warehouse.scan(warehouse.aisle(trouble))
        warehouse.refuses = False
        _expect_bad_gateway(exam, reply)
        opens, scans = warehouse.opened[opened:], warehouse.scans[scanned:]
        tried = max(len(opens), len(scans))
        again = (scans[1:] or opens[1:])[-1:]
        exam.expect(
            tried == 1,
            f"a request that meets {trouble} tries once",
            f"it tried {tried} times",
            advice="Which of your lines runs after the exception, and is there "
            "another call in it?",
            site=again[0].site if again else exam.answer(reply.run),
            timeline=exam.services.calls,
        )
        await exam.settle()
        await _break_all(exam, warehouse)


def _expect_bad_gateway(exam: Exam, reply: Reply) -> None:
    """The reply is a 502; an error that nobody caught left by the outermost line."""
    failed = [
        call
        for call in exam.services.calls
        if call.run == reply.run and call.outcome == "failed" and call.lines
    ]
    failure = reply.failure
    exam.expect(
        failure is None or not failed,
        f"{reply.request} answers 502",
        reply.told,
        site=failed[-1].outermost if failed else None,
    )
    exam.expect_status(reply, 502)


@check(
    "errors",
    points=1,
    hint="A scan that saw nothing says nothing about its link.",
)
async def test_a_failed_scan_leaves_its_link_in_the_pool(exam: Exam) -> None:
    """After a scan that failed its link is used again."""
    warehouse = Warehouse(exam)
    exam.expect_status(await warehouse.scan(warehouse.aisle("ScanFailed")), 502)
    await exam.settle()
    await warehouse.scan_well([warehouse.aisle()])
    _expect_opened(exam, warehouse, 1, "a scan that failed and one that did not")


@check(
    "concurrency",
    points=1,
    hint="Count what is open, idle and waited for where it changes, on every way out.",
)
async def test_the_pool_tells_its_state(exam: Exam) -> None:
    """`GET /pool` tells what is open, idle and waited for."""
    warehouse = Warehouse(exam)
    await _expect_pool(exam, "before the first scan", 0, 0, 0)
    waiting = exam.random.randint(2, 4)
    with exam.services.scan.gate():
        exchanges = await warehouse.occupy(2)
        await _expect_pool(exam, "while two scans are in flight", 2, 0, 0)
        exchanges += await warehouse.occupy(1)
        exchanges += [warehouse.start(warehouse.aisle()) for _ in range(waiting)]
        await exam.settle(0.5)
        await _expect_pool(exam, f"while {waiting} requests wait", 3, 0, waiting)
        gone = exchanges.pop()
        gone.cancel()
        await gone.returns()
        # The others wait still: a wait that has ended was the one that was left.
        left = exam.causes.of_turns(gone.began, exam.now)
        await _expect_pool(
            exam,
            "after one of them has left",
            3,
            0,
            waiting - 1,
            site=_passed_by(exam, left),
        )
        late = [exchanges.pop() for _ in range(waiting - 1)]
        for exchange in late:
            exam.expect_status(await exchange.reply(), 503)
        await _expect_pool(exam, "when nobody waits any more", 3, 0, 0)
    for exchange in exchanges:
        exam.expect_status(await exchange.reply(), 200)
    await exam.settle()
    await _expect_pool(exam, "when all is quiet", 3, 3, 0)
    exam.expect_status(await warehouse.scan(warehouse.aisle("LinkBroken")), 502)
    await exam.settle()
    await _expect_pool(exam, "after a link has broken", 2, 2, 0)
    with exam.services.close_link.gate():
        gone = warehouse.start(warehouse.aisle("LinkBroken"))
        await exam.calls_in_flight(1, "close_link")
        await _cancel(exam, [gone])
    await gone.returns()
    await exam.settle()
    await _expect_pool(exam, "after a request has left that closed its link", 1, 1, 0)


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class Errand:
    """A scan that is asked for, and perhaps cancelled.

    Attributes:
        at: when (s).
        takes: how long the scan takes.
        trouble: what it raises.
        cancelled: so long after its beginning it is cancelled.
        rounds: of the event loop that pass at that moment before it is.
    """

    at: float
    takes: float
    trouble: str | None = None
    cancelled: float | None = None
    rounds: int = 0


@dataclass(frozen=True)
class Shift:
    """What the pool goes through.

    Attributes:
        opening, closing: how long a link takes to open and to close.
        refused: from when to when none can be opened.
        looks: when somebody asks for the state of the pool.
    """

    errands: tuple[Errand, ...]
    opening: float = 0.0
    closing: float = 0.0
    refused: tuple[float, float] | None = None
    looks: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.refused is not None and len(self.refused) != 2:
            raise ValueError("a beginning and an end")


def some_shift(draw: Random) -> Shift:
    # Where all times are round, much happens at the same moment.
    tick = draw.choice((0.0, 0.0, 0.5))

    def within(most: float, least: float = 0.0) -> float:
        some = seconds(draw, most, least)
        return some // tick * tick if tick else some

    def moment(most: float) -> float:
        return draw.choice((0.0, within(most)))

    # A rush, in which many wait for longer than they may, or a quiet time.
    rush = draw.random() < 0.5

    def errand() -> Errand:
        takes = within(2.5, 0.5) if rush else moment(2.5)
        # Some leave when their scan has ended, which is when a link is closed.
        leaves = draw.choice((within(3), takes + within(1.5)))
        cancelled = leaves if draw.random() < 0.4 else None
        return Errand(
            at=moment(1 if rush else 3),
            takes=takes,
            trouble=draw.choice(_TROUBLES[:2]) if draw.random() < 0.4 else None,
            cancelled=cancelled,
            rounds=0 if cancelled is None else draw.randrange(_ROUNDS),
        )

    begin = moment(2)
    return Shift(
        errands=tuple(
            errand() for _ in range(draw.randint(*(7, 12) if rush else (1, 8)))
        ),
        opening=moment(1.5),
        closing=moment(1.5),
        refused=(begin, begin + seconds(draw, 2)) if draw.random() < 0.4 else None,
        looks=tuple(seconds(draw, 4) for _ in range(draw.randint(0, 2))),
    )


@every_schedule(
    "resources",
    points=2,
    hint="Take one request and stop it at each line at which it waits, by an error or "
    "a cancellation. Who has its place and its link afterwards?",
    plans=some_shift,
    # Who waits is served in any order: what the brief promises is looked at instead.
    free=FREEDOMS,
    stops=True,
)
async def test_no_place_is_lost_whatever_happens(
    exam: Exam, plan: Shift
) -> Observation:
    """No place and no link is lost, whatever fails and whoever leaves at any moment"""
    warehouse = Warehouse(exam)
    began, first = exam.now, len(exam.calls.records)
    aisles = [warehouse.aisle(one.trouble or "") for one in plan.errands]
    takes = {aisle: one.takes for aisle, one in zip(aisles, plan.errands, strict=True)}
    if plan.refused is not None:
        warehouse.refused = (began + plan.refused[0], began + plan.refused[1])
    exam.services.open_link.takes(plan.opening)
    exam.services.close_link.takes(plan.closing)
    exam.services.scan.takes(lambda link, aisle: takes.get(aisle, 0.0))
    seen = await exam.carry_out(
        [
            *(
                Ask(
                    "POST",
                    "/scans",
                    one.at,
                    json={"aisle": aisle},
                    cancelled=one.cancelled,
                    rounds=one.rounds,
                )
                for aisle, one in zip(aisles, plan.errands, strict=True)
            ),
            *(Ask("GET", "/pool", at) for at in plan.looks),
        ]
    )
    warehouse.refused = 0.0, 0.0
    scans = [_Errand(seen, place, aisle) for place, aisle in enumerate(aisles)]
    record = _Record(exam, warehouse, exam.calls.records[first:], scans)
    _expect_few_open(exam, warehouse)
    record.expect_sound_links()
    for one in scans:
        _expect_answered(exam, warehouse, one)
    record.expect_no_link_idle()
    record.expect_nobody_waits_in_vain()
    for reply in seen.replies[len(scans) :]:
        assert reply is not None
        record.expect_state(reply)
    record.heal()
    for service in exam.services.open_link, exam.services.close_link:
        service.takes(0.0)
    await _expect_three_places(
        exam, warehouse, "all that", site=record.last_trouble(), advice=_NO_ERROR
    )
    await exam.settle()
    record.recognize()
    links = record.open_links(exam.now)
    await _expect_pool(exam, "when all is quiet", links, links, 0)
    return seen


class _Errand:
    """One scan of a plan: when it came and left, its calls and its answer."""

    def __init__(self, seen: Observation, place: int, aisle: str) -> None:
        ask, reply = seen.asks[place], seen.replies[place]
        self.aisle = aisle
        self.came = seen.began + ask.at
        # Who is cancelled may answer all the same: nobody cares for what.
        off = float("inf") if ask.cancelled is None else self.came + ask.cancelled
        self.reply = reply if reply is not None and reply.ended < off else None
        self.cancelled = self.reply is None
        self.left = off if self.reply is None else self.reply.ended
        self.calls = [
            record
            for made, record in zip(seen.calls, seen.records, strict=True)
            if made.ask == place
        ]

    def made(self, name: str) -> list[CallRecord]:
        return [call for call in self.calls if call.name == name]

    @property
    def placed(self) -> float:
        """When it had a place; when it left, if it had none."""
        began = [call.began for call in self.calls if call.name != "close_link"]
        return min([*began, self.left])

    @property
    def scanned(self) -> float:
        """When its scan began; when it left, if none did."""
        return min([*(call.began for call in self.made("scan")), self.left])


def _expect_answered(exam: Exam, warehouse: Warehouse, one: _Errand) -> None:
    """A scan is answered as the brief says, with its own pallets, and in time."""
    scans = one.made("scan")
    exam.expect(
        len(scans) <= 1 and all(call.arguments["aisle"] == one.aisle for call in scans),
        "each request scans its own aisle, once",
        "another aisle, or more than one scan",
        site=scans[-1].site if scans else None,
        no_site="",
        timeline=one.calls,
    )
    exam.expect(
        one.placed <= one.came + _PATIENCE,
        f"{_PATIENCE:g} s of waiting for a place, at most",
        f"{one.placed - one.came:g} s",
        advice="When does the wait of a request begin, and does anything let it begin "
        "anew?",
        site=one.calls[0].site if one.calls else _waiting(exam, one),
        timeline=one.calls,
    )
    if one.reply is None:
        return
    troubles = [
        call
        for call in one.calls
        if call.outcome == "failed" and call.name != "close_link"
    ]
    if troubles:
        if one.reply.status != 502:
            _expect_bad_gateway(exam, one.reply)
        return
    if one.reply.status == 503:
        exam.expect(
            not one.calls,
            f"{one.reply.request}: a 503 only for who found no place",
            "it had found one",
            site=exam.answer(one.reply.run),
            timeline=one.calls,
        )
        exam.expect_took(one.reply, _PATIENCE, calls=[])
        return
    _expect_scanned(exam, one.reply)
    exam.expect_json(one.reply, warehouse.page(one.aisle), source="scan()")
    ended = scans[0].ended if scans else None
    exam.expect(
        ended == one.reply.ended,
        f"{one.reply.request} is answered when its scan has ended",
        "not at that moment" if scans else "it was not scanned",
        site=exam.answer(one.reply.run),
        timeline=one.calls,
    )


def _waiting(exam: Exam, one: _Errand) -> Site | None:
    """The line at which a request waited, or else its endpoint."""
    run = one.reply.run if one.reply else None
    waited = exam.causes.of_turns(one.came, one.left)
    return waited or (exam.endpoint(run) if run is not None else None)


class _Record:
    """The calls of one plan, and what they say of the links.

    Each call of `open_link` has the number of its link as an argument, if it has one.
    """

    def __init__(
        self,
        exam: Exam,
        warehouse: Warehouse,
        calls: Sequence[CallRecord],
        errands: Sequence[_Errand],
    ) -> None:
        self._exam = exam
        self._warehouse = warehouse
        self._calls = calls
        self._errands = errands
        opens = [call for call in calls if call.name == "open_link"]
        self._earlier = len(warehouse.opened) - len(opens)
        self._unheard = [one for one in self._named() if self._is_unheard(one)]
        for one in self._unheard:
            one.outcome = "cancelled"

    def _named(self) -> list[CallRecord]:
        """The calls that opened a link since the plan began, each with its number."""
        opened = [
            one
            for one in self._warehouse.opened[self._earlier :]
            if one.outcome == "answered" or "link" in one.arguments
        ]
        opened.sort(key=lambda one: one.left)
        for one, link in zip(opened, self._warehouse.opened_links, strict=True):
            one.arguments["link"] = link
        return opened

    def _is_unheard(self, call: CallRecord) -> bool:
        """Whether a call ended at the moment at which its request was cancelled."""
        return any(
            call in one.calls and one.cancelled and one.left == call.ended
            for one in self._errands
        )

    def recognize(self) -> None:
        """A link of which its request may not have heard is open if it was used."""
        self._named()
        used = {call.arguments["link"] for call in self._all("scan", "close_link")}
        for one in self._unheard:
            if one.arguments["link"] in used:
                one.outcome = "answered"

    def _all(self, *names: str) -> list[CallRecord]:
        """Also the calls before this plan."""
        return self._exam.calls.of(*names)

    def _of(self, name: str) -> list[CallRecord]:
        return [call for call in self._calls if call.name == name]

    def _uses(self, link: object) -> list[CallRecord]:
        calls = self._all("scan", "close_link")
        return [call for call in calls if call.arguments["link"] == link]

    def open_links(self, at: float) -> int:
        """How many links were open before this moment, and not yet being closed."""
        opened = {
            one.arguments["link"]
            for one in self._all("open_link")
            if one.outcome == "answered" and one.ended is not None and one.ended < at
        }
        closed = {
            one.arguments["link"] for one in self._all("close_link") if one.began <= at
        }
        return len(opened - closed)

    def last_trouble(self, before: float = float("inf")) -> Site | None:
        """The clause that the last error or cancellation of a call passed by."""
        for call in reversed(self._calls):
            if call.outcome in ("failed", "cancelled") and call.began < before:
                return _passed_by(self._exam, call.site)
        return None

    # --- expectations -----------------------------------------------------------------

    def expect_sound_links(self) -> None:
        """A scan has its link to itself; what broke is closed, once, and not used."""
        for call in self._of("scan"):
            uses = self._uses(call.arguments["link"])
            scans = [one for one in uses if one.name == "scan" and one is not call]
            self._exam.expect(
                not any(one.entered < call.entered < one.left for one in scans),
                "one scan at a time through each link",
                "two scans shared a link",
                site=call.site,
                timeline=uses,
            )
            dead = [
                one
                for one in uses
                if one.entered < call.entered
                and (one.name == "close_link" or self._broke(one))
            ]
            self._exam.expect(
                not dead,
                "a link that was broken or closed is never used again",
                "it was",
                site=call.site,
                timeline=uses,
            )
            closes = [one for one in uses if one.name == "close_link"]
            self._exam.expect(
                bool(closes) or not self._broke(call),
                "a broken link is closed",
                "it was not",
                site=_letting_pass(self._exam, call.site, "LinkBroken"),
                timeline=uses,
            )
        for call in self._of("close_link"):
            uses = self._uses(call.arguments["link"])
            scans = [one for one in uses if one.name == "scan"]
            self._exam.expect(
                not scans or self._broke(scans[-1]) or self._is_given_up(scans[-1]),
                "links that are sound stay open while the service runs",
                "one of them was closed",
                advice="Which links are worth keeping, and which had to be closed?",
                site=call.site,
                timeline=uses,
            )
        _expect_closed_once(self._exam, self._all("close_link"))

    def _is_given_up(self, call: CallRecord) -> bool:
        """Whether a call was cancelled, or its request while it still had its link."""
        return call.outcome == "cancelled" or self._is_unheard(call)

    def _broke(self, call: CallRecord) -> bool:
        """Whether a scan broke its link, and its request heard of it."""
        scan = call.arguments["link"], call.arguments["aisle"]
        return scan in self._warehouse.breaks and not self._is_unheard(call)

    def heal(self) -> None:
        """A link that broke when its request was cancelled may have been kept."""
        for call in self._of("scan"):
            if self._is_unheard(call):
                self._warehouse.heal(call.arguments["link"])

    def expect_no_link_idle(self) -> None:
        """No link was idle before and after another one was opened.

        Where somebody is cancelled at that very moment, he may have been lent one.
        """
        left = {one.left for one in self._errands if one.cancelled}
        for opening in self._of("open_link"):
            at = opening.began
            if at in left:
                continue
            busy = {
                one.arguments["link"]
                for one in self._all("scan")
                if one.began <= at and (one.ended is None or one.ended >= at)
            }
            self._exam.expect(
                self.open_links(at) <= len(busy),
                "a link is opened only when none is idle",
                "one was idle, and stayed so",
                site=opening.site,
                timeline=self._calls,
            )

    def expect_nobody_waits_in_vain(self) -> None:
        """While somebody waits, three places are taken, or a link is opened for all."""
        ends = [call.ended for call in self._calls if call.ended is not None]
        moments = {*ends, *(call.began for call in self._calls)}
        moments |= {at for one in self._errands for at in (one.came, one.left)}
        for began, ended in pairwise(sorted(moments)):
            waiting = [
                one
                for one in self._errands
                if one.came <= began and min(one.scanned, one.left) >= ended
            ]
            flying = [call.name for call in self._during(began, ended)]
            self._exam.expect(
                len(flying) >= _LINKS or flying.count("open_link") >= len(waiting),
                f"{_LINKS} places that are taken while somebody waits for one",
                f"{len(flying)}, from {began - self._start:g} s on",
                advice=_NO_ERROR,
                site=self.last_trouble(ended) or _waiting(self._exam, waiting[0])
                if waiting
                else None,
                no_site="its own line cannot be told",
                timeline=self._calls,
            )

    @property
    def _start(self) -> float:
        return min(one.came for one in self._errands)

    def _during(self, began: float, ended: float) -> list[CallRecord]:
        return [
            call
            for call in self._calls
            if call.began <= began and (call.ended is None or call.ended >= ended)
        ]

    def expect_state(self, reply: Reply) -> None:
        """The pool has told its state, unless something happened at that moment."""
        at = reply.began
        moments = [one.came for one in self._errands]
        moments += [one.left for one in self._errands]
        moments += [call.began for call in self._calls]
        moments += [call.ended for call in self._calls if call.ended is not None]
        flying = self._during(at, at)
        if at in moments or self._unheard or any(one.name != "scan" for one in flying):
            return
        waiting = [one for one in self._errands if one.came < at < one.scanned]
        links = self.open_links(at)
        truth = {
            "open": links,
            "idle": links - len(flying),
            "waiting": len(waiting),
        }
        self._exam.expect_status(reply, 200)
        told, answer = self._exam.json_of(reply), self._exam.answer(reply.run)
        for key, value in truth.items():
            saw = told.get(key) if isinstance(told, dict) else None
            self._exam.expect(
                saw == value,
                f"GET /pool: the right number of `{key}` at any moment",
                f"{saw}"[:40],
                site=answer,
                timeline=self._calls,
            )

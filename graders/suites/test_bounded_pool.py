"""Scanner links: what a pool lends out, and what it gets back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

from graders.proctor import CallRecord, Exam, Exchange, Raises, Reply, Site, check

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
    """

    def __init__(self, exam: Exam) -> None:
        self._exam = exam
        self._numbers = count(exam.random.randrange(100, 900))
        self._links = count(exam.random.randrange(100, 900))
        self._broken: set[int] = set()
        self._closed: set[int] = set()
        self._pallets: dict[str, list[str]] = {}
        self.troubles: dict[str, str] = {}
        self.refuses = False
        exam.services.open_link.answers(self._open)
        exam.services.scan.answers(self._scan)
        exam.services.close_link.answers(self._close)

    def _open(self) -> int:
        if self.refuses:
            raise Raises("LinkRefused", "no more links")
        return next(self._links)

    def _scan(self, link: int, aisle: str) -> list[str]:
        if self.troubles.get(aisle) == "LinkBroken":
            self._broken.add(link)
        if link in self._broken | self._closed:
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


# --- what is given back ---------------------------------------------------------------


@check(
    "resources",
    points=1,
    hint="Which code does FastAPI run when the service stops, and does it know of "
    "every link that is open by then?",
)
async def test_every_link_is_closed_once(exam: Exam) -> None:
    """A broken link is closed, the others when the service stops, and each once."""
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


def _expect_all_closed(exam: Exam, warehouse: Warehouse) -> None:
    closed = [call.arguments["link"] for call in warehouse.closed]
    twice = [
        call for call in warehouse.closed if closed.count(call.arguments["link"]) > 1
    ]
    exam.expect(
        not twice,
        "each link is closed once",
        "a link was closed twice",
        advice="Two of your lines close this link. Which of them should know that it "
        "is closed already?",
        site=twice[-1].site if twice else None,
    )
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
    with exam.services.scan.gate():
        exchanges = [
            warehouse.start(warehouse.aisle("LinkBroken")) for _ in range(_LINKS)
        ]
        await exam.settle(0.5)
        aisles = [warehouse.aisle() for _ in range(_LINKS)]
        waiting = [warehouse.start(aisle) for aisle in aisles]
        await exam.settle(0.5)
    for exchange in exchanges:
        exam.expect_status(await exchange.reply(), 502)
    for exchange in waiting:
        _expect_scanned(exam, await exchange.reply())
    _expect_few_open(exam, warehouse, ", until close_link has ended")


@check(
    "resources",
    points=2,
    hint="A cancelled request leaves at the line at which it waits. What had it taken "
    "by then: nothing, a place, or a place and a link?",
)
async def test_no_place_is_lost_by_a_cancelled_request(exam: Exam) -> None:
    """No place is lost when a request is cancelled while it opens or scans."""
    warehouse = Warehouse(exam)
    # The earlier stage first: a place that is lost there is lost for the later one too.
    for service in (exam.services.open_link, exam.services.scan):
        await _break_all(exam, warehouse)
        with service.gate():
            exchanges = [warehouse.start(warehouse.aisle()) for _ in range(_LINKS)]
            await exam.settle(1)
            begun = len(service.calls)
            for exchange in exchanges:
                exchange.cancel()
                await exchange.returns()
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

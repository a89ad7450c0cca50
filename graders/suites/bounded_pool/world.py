"""The fake world: a warehouse with aisles, pallets and links, and requests to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from graders.proctor import CallRecord, Exam, Exchange, Raises, Reply
from graders.suites.bounded_pool.replies import expect_scanned

LINKS = 3
PATIENCE = 2.0
TROUBLES = ("ScanFailed", "LinkBroken", "LinkRefused")
# How many rounds of the event loop a cancellation comes after a link was given back.
ROUNDS = 6


class Warehouse:
    """The world: aisles with pallets, and links that know what became of them.

    Attributes:
        refuses: whether no link can be opened.
        refused: from when to when none can.
        opened_links: the numbers of those that were, in order.
        broken: the numbers of those that broke.
        breaks: the scans that raised LinkBroken, as link and aisle.
    """

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self._numbers = count(exam.random.randrange(100, 900))
        # No number twice, also where a pool has links of an earlier warehouse.
        earlier = len(exam.services.open_link.calls)
        self._links = count(exam.random.randrange(100, 900) + 1_000 * earlier)
        self.refuses = False
        self.refused = 0.0, 0.0
        self.opened_links: list[int] = []
        self.broken: set[int] = set()
        self.breaks: set[tuple[int, str]] = set()
        self._closed: set[int] = set()
        self._pallets: dict[str, list[str]] = {}
        self._troubles: dict[str, str] = {}
        exam.services.open_link.answers(self._open)
        exam.services.scan.answers(self._scan)
        exam.services.close_link.answers(self._close)

    def _open(self) -> int:
        begin, end = self.refused
        if self.refuses or begin <= self.exam.now < end:
            raise Raises("LinkRefused", "no more links")
        self.opened_links.append(next(self._links))
        return self.opened_links[-1]

    def _scan(self, link: int, aisle: str) -> list[str]:
        trouble = self._troubles.get(aisle)
        if trouble == "LinkBroken":
            self.broken.add(link)
        if link in self.broken | self._closed:
            self.breaks.add((link, aisle))
            raise Raises("LinkBroken", f"link {link}")
        if trouble:
            raise Raises(trouble, aisle)
        return self._pallets.get(aisle, [])

    def _close(self, link: int) -> None:
        self._closed.add(link)

    def aisle(self, trouble: str = "") -> str:
        """A new aisle; `trouble` names what a scan there raises."""
        number, draw = next(self._numbers), self.exam.random
        aisle = f"{draw.choice('ABCDEFGH')}{number}"
        self.restock(aisle)
        if trouble:
            self._troubles[aisle] = trouble
        return aisle

    def mend(self, aisle: str) -> None:
        """From now on a scan raises nothing there."""
        self._troubles.pop(aisle, None)

    def clear(self, aisle: str) -> None:
        """Take all pallets away."""
        self._pallets[aisle] = []

    def restock(self, aisle: str) -> None:
        """Put other pallets there."""
        draw = self.exam.random
        self._pallets[aisle] = [
            f"PAL-{draw.randrange(10_000, 99_999)}" for _ in range(draw.randint(1, 3))
        ]

    def aisles(self, count: int) -> list[str]:
        return [self.aisle() for _ in range(count)]

    def page(self, aisle: str) -> dict[str, Any]:
        return {"aisle": aisle, "pallets": self._pallets[aisle]}

    # --- requests ---------------------------------------------------------------------

    def start(self, aisle: str) -> Exchange:
        return self.exam.start("POST", "/scans", json={"aisle": aisle})

    def start_some(self, count: int = LINKS, trouble: str = "") -> list[Exchange]:
        """Start scans of new aisles; `trouble` names what they raise."""
        return [self.start(self.aisle(trouble)) for _ in range(count)]

    async def scan(self, aisle: str) -> Reply:
        return await self.start(aisle).reply()

    async def scan_well(self, aisles: Sequence[str]) -> list[Reply]:
        """Scan aisles at the same time; each is answered with its own pallets."""
        replies = await asyncio.gather(*map(self.scan, aisles))
        for aisle, reply in zip(aisles, replies, strict=True):
            expect_scanned(self.exam, reply)
            self.exam.expect_json(reply, self.page(aisle), source="scan()")
        return replies

    async def scan_badly(self, trouble: str) -> str:
        """Scan an aisle in which that is raised, and let everything come to rest."""
        aisle = self.aisle(trouble)
        self.exam.expect_status(await self.scan(aisle), 502)
        await self.exam.settle()
        return aisle

    async def occupy(self, places: int = LINKS) -> list[Exchange]:
        """Start scans, each of which finds a place; `scan` should be at a gate."""
        before = sum(call.in_flight for call in self.scans)
        exchanges = self.start_some(places)
        await self.exam.settle(1)
        flying = sum(call.in_flight for call in self.scans) - before
        self.exam.expect(
            flying == places,
            f"{before + places} scans in flight",
            f"{before + flying}",
            advice="Three scans may be in flight at the same time. What does one of "
            "them wait for?",
            site=self.exam.endpoint(exchanges[0].run),
            timeline=self.exam.services.calls,
        )
        return exchanges

    async def break_all(self) -> None:
        """Let every link break, so that the next scans must open links."""
        with self.exam.services.scan.gate():
            exchanges = self.start_some(trouble="LinkBroken")
            await self.exam.settle(1)
        for exchange in exchanges:
            await exchange.reply()
        await self.exam.settle()

    # --- what has happened ------------------------------------------------------------

    @property
    def opened(self) -> list[CallRecord]:
        return self.exam.services.open_link.calls

    @property
    def scans(self) -> list[CallRecord]:
        return self.exam.services.scan.calls

    @property
    def closed(self) -> list[CallRecord]:
        return self.exam.services.close_link.calls

    @property
    def closed_unbroken(self) -> list[CallRecord]:
        """Calls that closed a link which was as good as new."""
        return [call for call in self.closed if link_of(call) not in self.broken]

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


def link_of(call: CallRecord) -> Any:
    """The number of the link that a call is about."""
    return call.arguments["link"]


def cancel(exchanges: Iterable[Exchange], rounds: int = 0) -> None:
    """Cancel requests, `rounds` rounds of the loop later than anything else now."""
    for exchange in exchanges:
        exchange.cancel(rounds=rounds)


async def returned(exchanges: Iterable[Exchange]) -> None:
    """Wait until the service is done with all of these requests."""
    for exchange in exchanges:
        await exchange.returns()


async def leave(exchanges: Sequence[Exchange], rounds: int = 0) -> None:
    cancel(exchanges, rounds)
    await returned(exchanges)

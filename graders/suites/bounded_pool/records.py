"""What is known of the scans of one plan, of their calls and of the links."""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord, Observation, Site
from graders.suites.bounded_pool.causes import passed_by
from graders.suites.bounded_pool.world import Warehouse, link_of


class Visit:
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

    @property
    def scans(self) -> list[CallRecord]:
        return [call for call in self.calls if call.name == "scan"]

    @property
    def placed(self) -> float:
        """When it had a place; when it left, if it had none."""
        began = [call.began for call in self.calls if call.name != "close_link"]
        return min([*began, self.left])

    @property
    def scanned(self) -> float:
        """When its scan began; when it left, if none did."""
        return min([*(call.began for call in self.scans), self.left])


class Record:
    """The calls of one plan, and what they say of the links.

    Each call of `open_link` has the number of its link as an argument, if it has one.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        calls: Sequence[CallRecord],
        visits: Sequence[Visit],
    ) -> None:
        self.exam = warehouse.exam
        self.warehouse = warehouse
        self.calls = calls
        self.visits = visits
        self._earlier = len(warehouse.opened) - len(self.of("open_link"))
        self.unheard = [one for one in self._named() if self._is_unheard(one)]
        for one in self.unheard:
            one.outcome = "cancelled"

    def of(self, name: str) -> list[CallRecord]:
        """The calls of this plan; those of the warehouse are also of earlier ones."""
        return [call for call in self.calls if call.name == name]

    def uses(self, link: object) -> list[CallRecord]:
        """All scans through a link, and all calls that close it."""
        calls = self.exam.calls.of("scan", "close_link")
        return [call for call in calls if link_of(call) == link]

    def during(self, began: float, ended: float) -> list[CallRecord]:
        return [
            call
            for call in self.calls
            if call.began <= began and (call.ended is None or call.ended >= ended)
        ]

    @property
    def moments(self) -> list[float]:
        """When somebody came or left, and when a call began or ended."""
        ends = {call.ended for call in self.calls if call.ended is not None}
        begins = {call.began for call in self.calls}
        visits = {at for one in self.visits for at in (one.came, one.left)}
        return sorted(ends | begins | visits)

    def last_trouble(self, before: float = float("inf")) -> Site | None:
        """The clause that the last error or cancellation of a call passed by."""
        for call in reversed(self.calls):
            if call.outcome in ("failed", "cancelled") and call.began < before:
                return passed_by(self.exam, call.site)
        return None

    # --- what became of the links -----------------------------------------------------

    def _named(self) -> list[CallRecord]:
        """The calls that opened a link since the plan began, each with its number."""
        opened = [
            one
            for one in self.warehouse.opened[self._earlier :]
            if one.outcome == "answered" or "link" in one.arguments
        ]
        opened.sort(key=lambda one: one.left)
        for one, link in zip(opened, self.warehouse.opened_links, strict=True):
            one.arguments["link"] = link
        return opened

    def _is_unheard(self, call: CallRecord) -> bool:
        """Whether a call ended at the moment at which its request was cancelled."""
        return any(
            call in one.calls and one.cancelled and one.left == call.ended
            for one in self.visits
        )

    def recognize(self) -> None:
        """A link of which its request may not have heard is open if it was used."""
        self._named()
        for one in self.unheard:
            if self.uses(link_of(one)):
                one.outcome = "answered"

    def open_links(self, at: float) -> int:
        """How many links were open before this moment, and not yet being closed."""
        opened = {
            link_of(one)
            for one in self.warehouse.opened
            if one.outcome == "answered" and one.ended is not None and one.ended < at
        }
        closed = {link_of(one) for one in self.warehouse.closed if one.began <= at}
        return len(opened - closed)

    def is_given_up(self, call: CallRecord) -> bool:
        """Whether a call was cancelled, or its request while it still had its link."""
        return call.outcome == "cancelled" or self._is_unheard(call)

    def broke(self, call: CallRecord) -> bool:
        """Whether a scan broke its link, and its request heard of it."""
        if call.outcome == "answered" or self._is_unheard(call):
            # An aisle of an earlier plan may have had the same name.
            return False
        return (link_of(call), call.arguments["aisle"]) in self.warehouse.breaks

    def heal(self) -> None:
        """A link that broke when its request was cancelled may have been kept."""
        for call in self.of("scan"):
            if self._is_unheard(call):
                self.warehouse.broken.discard(link_of(call))

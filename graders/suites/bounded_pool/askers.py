"""For which request each call of a plan was made.

The host says so, but for tasks that were there before the requests: they do not tell
for whom they work. Then the aisle does, and the link that was opened for a scan.
"""

from __future__ import annotations

from collections.abc import Sequence

from graders.proctor import CallRecord, Observation
from graders.suites.bounded_pool.records import Visit
from graders.suites.bounded_pool.world import Warehouse, link_of


def visits_of(
    warehouse: Warehouse, seen: Observation, aisles: Sequence[str]
) -> list[Visit]:
    """The scans of a plan, each with its own calls.

    Args:
        aisles: of its first requests, none twice.
    """
    visits = [Visit(seen, place, aisle) for place, aisle in enumerate(aisles)]
    strangers = [
        record
        for made, record in zip(seen.calls, seen.records, strict=True)
        if made.ask is None
    ]
    if strangers:
        _share_out(warehouse, strangers, visits)
    return visits


def _share_out(
    warehouse: Warehouse, strangers: Sequence[CallRecord], visits: Sequence[Visit]
) -> None:
    by_aisle = {one.aisle: one for one in visits}
    by_link: dict[object, Visit] = {}
    for call in (one for one in strangers if one.name == "scan"):
        own = by_aisle.get(call.arguments["aisle"])
        if own is not None:
            own.calls.append(call)
            # The first that was scanned through it had it opened.
            by_link.setdefault(link_of(call), own)
    answered = [one for one in warehouse.opened if one.outcome == "answered"]
    answered.sort(key=lambda one: one.left)
    links = dict(
        zip(map(id, reversed(answered)), reversed(warehouse.opened_links), strict=False)
    )
    for call in (one for one in strangers if one.name == "open_link"):
        own = by_link.get(links.get(id(call))) or _ended_with(call, visits)
        if own is not None:
            own.calls.insert(0, call)


def _ended_with(call: CallRecord, visits: Sequence[Visit]) -> Visit | None:
    """The request that was over when a call for it was, and has no other."""
    return next(
        (one for one in visits if one.left == call.ended and not one.calls), None
    )

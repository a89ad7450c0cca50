"""What the brief promises of any plan, as expectations on its record."""

from __future__ import annotations

import sys
from itertools import pairwise

from graders.proctor import Exam, Reply, Site
from graders.suites.bounded_pool.causes import NO_ERROR, letting_pass
from graders.suites.bounded_pool.expectations import (
    STATE,
    expect_alone,
    expect_closed_once,
)
from graders.suites.bounded_pool.records import Record, Visit
from graders.suites.bounded_pool.replies import expect_bad_gateway, expect_scanned
from graders.suites.bounded_pool.world import LINKS, PATIENCE, Warehouse, link_of

# The Python whose conditions wake somebody else then.
_REMEMBERS = (3, 13)


def expect_answered(warehouse: Warehouse, one: Visit) -> None:
    """A scan is answered as the brief says, with its own pallets, and in time."""
    exam, scans, reply = warehouse.exam, one.scans, one.reply
    exam.expect(
        len(scans) <= 1 and all(call.arguments["aisle"] == one.aisle for call in scans),
        "each request scans its own aisle, once",
        "another aisle, or more than one scan",
        site=scans[-1:],
        timeline=one.calls,
    )
    exam.expect(
        one.placed <= one.came + PATIENCE,
        f"{PATIENCE:g} s of waiting for a place, at most",
        f"{one.placed - one.came:g} s",
        advice="When does the wait of a request begin, and does anything let it begin "
        "anew?",
        site=[*one.calls[:1], _waiting(exam, one)],
        timeline=one.calls,
    )
    if reply is None:
        return
    if any(
        call.outcome == "failed" and call.name != "close_link" for call in one.calls
    ):
        if reply.status != 502:
            expect_bad_gateway(exam, reply)
    elif reply.status == 503:
        exam.expect(
            not one.calls,
            f"{reply.request}: a 503 only for who found no place",
            "it had found one",
            site=exam.answer(reply.run),
            timeline=one.calls,
        )
        exam.expect_took(reply, PATIENCE, calls=[])
    else:
        expect_scanned(exam, reply)
        exam.expect_json(reply, warehouse.page(one.aisle), source="scan()")
        exam.expect(
            bool(scans) and scans[0].ended == reply.ended,
            f"{reply.request} is answered when its scan has ended",
            "not at that moment" if scans else "it was not scanned",
            site=exam.answer(reply.run),
            timeline=one.calls,
        )


def _waiting(exam: Exam, one: Visit) -> Site | None:
    """The line at which a request waited, or else its endpoint."""
    waited = exam.causes.of_turns(one.came, one.left)
    if waited is not None:
        return waited
    if one.reply is not None:
        return exam.endpoint(one.reply.run)
    # Of one that was given up: all scans have the same endpoint.
    exchanges = exam.driver.exchanges.items()
    scans = [run for run, one in exchanges if one.scope.get("method") == "POST"]
    return exam.endpoint(scans[-1])


def expect_sound_links(record: Record) -> None:
    """A scan has its link to itself; what broke is closed, once, and not used."""
    exam = record.exam
    for call in record.of("scan"):
        uses = record.uses(link_of(call))
        expect_alone(exam, call, uses)
        dead = any(
            one.entered < call.entered
            and (one.name == "close_link" or record.broke(one))
            for one in uses
        )
        exam.expect(
            not dead,
            "a link that was broken or closed is never used again",
            "it was",
            site=call.site,
            timeline=uses,
        )
        exam.expect(
            any(one.name == "close_link" for one in uses) or not record.broke(call),
            "a broken link is closed",
            "it was not",
            site=letting_pass(exam, call.site, "LinkBroken"),
            timeline=uses,
        )
    for call in record.of("close_link"):
        uses = record.uses(link_of(call))
        last = [one for one in uses if one.name == "scan"][-1:]
        exam.expect(
            all(record.broke(one) or record.is_given_up(one) for one in last),
            "links that are sound stay open while the service runs",
            "one of them was closed",
            advice="Which links are worth keeping, and which had to be closed?",
            site=call.site,
            timeline=uses,
        )
    expect_closed_once(record.warehouse)


def expect_no_link_idle(record: Record) -> None:
    """No link was idle before and after another one was opened.

    Where somebody is cancelled at that very moment, he may have been lent one.
    """
    left = {one.left for one in record.visits if one.cancelled}
    for opening in record.of("open_link"):
        at = opening.began
        if at in left:
            continue
        busy = {
            link_of(one)
            for one in record.warehouse.scans
            if one.began <= at and (one.ended is None or one.ended >= at)
        }
        record.exam.expect(
            record.open_links(at) <= len(busy),
            "a link is opened only when none is idle",
            "one was idle, and stayed so",
            site=opening.site,
            timeline=record.calls,
        )


def expect_nobody_waits_in_vain(record: Record) -> None:
    """While somebody waits, three places are taken, or a link is opened for all."""
    exam = record.exam
    if _may_forget_a_waiter(record):
        return
    # A plan that is made shorter may have no visits.
    start = min((one.came for one in record.visits), default=0.0)
    for began, ended in pairwise(record.moments):
        waiting = [
            one for one in record.visits if one.came <= began and one.scanned >= ended
        ]
        flying = [call.name for call in record.during(began, ended)]
        exam.expect(
            len(flying) >= LINKS or flying.count("open_link") >= len(waiting),
            f"{LINKS} places that are taken while somebody waits for one",
            f"{len(flying)}, from {began - start:g} s on",
            advice=NO_ERROR,
            site=record.last_trouble(ended) or _waiting(exam, waiting[0])
            if waiting
            else None,
            no_site="its own line cannot be told",
            timeline=record.calls,
        )


def _may_forget_a_waiter(record: Record) -> bool:
    """Whether Python itself may have lost a place, and not the pool.

    A waiter of `asyncio.Condition` that is notified, and whose wait ends at that same
    moment, keeps the notice from all others: https://github.com/python/cpython/issues/112202
    """
    ends = {call.ended for call in record.calls}
    return (
        sys.version_info < _REMEMBERS
        and bool(record.exam.code.mentions("Condition"))
        and any(not one.calls and one.left in ends for one in record.visits)
    )


def expect_state(record: Record, reply: Reply) -> None:
    """The pool has told its state, unless something happened at that moment."""
    exam, at = record.exam, reply.began
    flying = record.during(at, at)
    opening = any(call.name != "scan" for call in flying)
    if at in record.moments or record.unheard or opening:
        return
    links = record.open_links(at)
    waiting = [one for one in record.visits if one.came < at < one.scanned]
    truth = links, links - len(flying), len(waiting)
    exam.expect_status(reply, 200)
    told, answer = exam.json_of(reply), exam.answer(reply.run)
    for key, value in zip(STATE, truth, strict=True):
        saw = told.get(key) if isinstance(told, dict) else None
        exam.expect(
            saw == value,
            f"GET /pool: the right number of `{key}` at any moment",
            f"{saw}"[:40],
            site=answer,
            timeline=record.calls,
        )

"""What several parts expect: of releases, of calls under way, of cancelled requests."""

from __future__ import annotations

from functools import partial

from graders.proctor import CallRecord, Exam, Exchange, Site
from graders.suites.lease_and_release.causes import (
    cancelling,
    left_alone,
    of_last,
    once_too_often,
    runs_on,
    unreached,
)
from graders.suites.lease_and_release.world import PrintRoom

ONCE = "Each step is called once for a label, also when the printer jams."
_CANCELLED = "To cancel a task is to ask it to end. Which line waits until it has?"
_RUNS_ON = "Your code has stopped waiting for it, and it goes on. Which line ends it?"
_CUT_OFF = (
    "Something ended the release before it was done. Which deadline is still running "
    "around it?"
)


def expect_given_back(
    exam: Exam,
    room: PrintRoom,
    *,
    leases: int | None = 1,
    advice: str = "",
    lost: Site | None = None,
) -> None:
    """Every lease was released once, to the end, and nothing else was.

    Args:
        leases: how many there must have been; None for any number.
        advice: what to try when a lease is not released; else the check's hint.
        lost: the line at which a lease gets lost; else the release that is not reached.
    """
    acquired = [call for call in room.calls("acquire") if call.outcome == "answered"]
    acquired.sort(key=lambda call: call.left)
    releases = room.calls("release")
    expect = partial(exam.expect, timeline=room.calls())
    if leases is not None:
        expect(
            len(room.granted) == leases,
            f"{leases} printers leased so far" if leases > 1 else "one printer leased",
            f"{len(room.granted)}",
            advice=ONCE if leases == 1 and len(room.granted) > 1 else "",
            site=of_last(exam, acquired),
        )
    for call in releases:
        expect(
            call.arguments["lease"] in room.granted,
            "only what was acquired is released",
            f"release({call.arguments['lease']}) was called, which is no lease",
            site=call.site,
        )
    for lease, call in zip(room.granted, acquired, strict=True):
        back = [one for one in releases if one.arguments["lease"] == lease]
        mistaken = len(releases) >= len(room.granted)
        expect(
            bool(back),
            "the printer is released",
            "release was called with another lease"
            if mistaken
            else "release was never called for it",
            advice=advice,
            site=call.site if mistaken else lost or unreached(exam, call),
        )
        expect(
            len(back) == 1,
            "each lease is released once",
            f"it was released {len(back)} times",
            advice="Follow one request through your code: which lines release its "
            "printer on that way?",
            site=once_too_often(exam, back),
        )
        (release,) = back
        expect(
            release.outcome == "answered",
            "the release has ended when the request is over",
            f"it was {release.outcome or 'still on its way'}",
            advice=_CUT_OFF if release.outcome == "cancelled" else "",
            site=left_alone(exam, release),
        )
        for one in room.calls("warm_up", "print_label"):
            if one.arguments["lease"] == lease:
                _expect_ended(exam, room, one, release)


def _expect_ended(
    exam: Exam, room: PrintRoom, call: CallRecord, release: CallRecord
) -> None:
    """A call that used a printer has ended before the printer's release."""
    ended = call.ended is not None and call.ended <= release.began
    cancelled = call.outcome == "cancelled"
    cause = cancelling(exam, call) if cancelled else runs_on(exam, call, release)
    exam.expect(
        ended and (release.arguments["lease"], call) not in room.in_use,
        f"a printer is released after {call.name} has ended",
        f"{call.name} was still going on",
        advice=_CANCELLED if cancelled else _RUNS_ON,
        site=cause or release.site,
        timeline=room.calls(),
    )


def expect_under_way(
    exam: Exam, name: str, number: int = 1, *, advice: str = ""
) -> None:
    """So many calls of a function of the driver are in flight now."""
    calls = exam.calls.of(name)
    flying = [call for call in calls if call.in_flight]
    exam.expect(
        len(flying) == number,
        f"{number} calls of {name} under way" if number > 1 else f"{name} under way",
        f"{len(flying)}" if flying else "it was over" if calls else "it was not called",
        advice=advice,
        site=of_last(exam, calls),
        timeline=exam.calls,
    )


async def cancelled_during(
    exam: Exam, room: PrintRoom, step: str, after: float
) -> Exchange:
    """A request that is cancelled so long after it came, while this step is under way.

    Its thread, if it has one, has ended too.

    Args:
        step: a function of the driver.
    """
    exchange = room.post()
    await exam.sleep(after)
    expect_under_way(exam, step)
    exchange.cancel()
    await exchange.returns()
    if exam.has_plain_endpoints:
        await exam.settle()
    return exchange


def expect_cancelled(exam: Exam, exchange: Exchange) -> None:
    """A request that was cancelled has ended so, and sent nothing."""
    sent = [str(event.message.get("status", "")) for event in exchange.events]
    exam.expect(
        not sent,
        "a request that is cancelled sends no answer",
        f"it sent a {sent[0]}" if sent else "",
        site=exam.answer(exchange.run),
    )
    calls = exam.calls.of(run=exchange.run)
    exam.expect(
        exchange.finished is not None and exchange.finished.cancelled,
        "a request that is cancelled ends cancelled",
        "the cancellation was caught on its way",
        site=calls[-1:],
    )

"""Clients and connections: how many there are, and that each is given back."""

from __future__ import annotations

import asyncio

from graders.proctor import BreaksOff, Exam, check
from graders.suites.client_with_a_life.causes import (
    NO_ORIGIN,
    has_several_clients,
    limit,
    origin,
)
from graders.suites.client_with_a_life.expectations import (
    expect_quoted,
    expect_rates,
    expect_started,
)
from graders.suites.client_with_a_life.world import (
    CROWD,
    Quotes,
    break_off,
    fail_with,
    publish,
    rates_api,
    some_base,
)

_CONNECTIONS, _KEPT = 20, 5
# Seconds: the last of a burst find a connection after two of them, which is no moment
# at which anybody's patience ends.
_MOMENT = 0.7
_SEVERAL = (
    "More than one client was made, each with connections of its own. How often does "
    "this line run while the first requests arrive?"
)
_TOO_FEW = (
    f"The client may open {_CONNECTIONS} connections. Which of your lines keeps "
    "the requests from using them?"
)


@check(
    "resources",
    points=3,
    hint="Where in your code is the client made, and how often does that line run?",
)
async def test_fifty_requests_share_one_client_and_one_connection(exam: Exam) -> None:
    """Fifty requests, one after the other, share one client and its one connection."""
    quotes = publish(exam)

    for _ in range(CROWD):
        reply = await expect_rates(exam, quotes)

    calls = rates_api(exam).calls
    exam.expect(
        len(calls) == CROWD,
        f"{CROWD} requests to the rates API, one for each request",
        f"{len(calls)}",
        site=exam.endpoint(reply.run),
    )
    made = exam.database.of("client opened")
    exam.expect(
        len(made) <= 1,
        f"1 client for {CROWD} requests",
        f"{len(made)} clients",
        site=made[-1:],
    )
    connections = rates_api(exam).connections
    exam.expect(
        len(connections) == 1,
        f"1 connection for {CROWD} requests",
        f"{len(connections)} connections",
        advice="There is one client, and it connects anew for each request. What tells "
        "it how many connections to keep?"
        if made
        else "",
        site=limit(exam, "max_keepalive_connections"),
        no_site=NO_ORIGIN,
    )


async def _burst(exam: Exam, quotes: Quotes) -> float:
    """Fifty requests at once, each of which the API answers after a moment.

    Returns:
        When they began.
    """
    began = exam.now
    rates_api(exam).takes(_MOMENT)
    bases = [some_base(exam, quotes) for _ in range(CROWD)]
    replies = await asyncio.gather(*(exam.get(f"/rates/{base}") for base in bases))
    for base, reply in zip(bases, replies, strict=True):
        expect_quoted(exam, reply, quotes[base])
    await exam.settle()
    return began


@check(
    "resources",
    points=2,
    hint="How many connections may a client open when nobody tells it a limit?",
)
async def test_a_burst_of_requests_uses_twenty_connections(exam: Exam) -> None:
    """Of fifty requests at once, twenty are on their way, and all are answered."""
    quotes = publish(exam)

    began = await _burst(exam, quotes)

    api = rates_api(exam)
    turns = exam.causes.of_turns(began, exam.now)
    few = api.peak_connections < _CONNECTIONS
    exam.expect(
        api.peak_connections == _CONNECTIONS,
        f"{_CONNECTIONS} connections at most, and that many for a burst",
        f"{api.peak_connections}",
        advice=_TOO_FEW if few else _SEVERAL if has_several_clients(exam) else "",
        site=(turns if few else None) or limit(exam, "max_connections"),
        no_site=NO_ORIGIN,
    )
    exam.expect(
        api.peak == _CONNECTIONS,
        f"{_CONNECTIONS} requests on their way at once",
        f"{api.peak}",
        site=turns or origin(exam),
        no_site=NO_ORIGIN,
    )


@check(
    "resources",
    points=2,
    hint="Which limit of the client says how many idle connections it keeps?",
)
async def test_five_connections_are_kept_after_a_burst(exam: Exam) -> None:
    """After a burst five connections are kept for the next requests."""
    quotes = publish(exam)

    began = await _burst(exam, quotes)

    api = rates_api(exam)
    few = api.peak_connections < _KEPT
    turns = exam.causes.of_turns(began, exam.now) if few else None
    exam.expect(
        api.open_now == _KEPT,
        f"{_KEPT} connections open when all is quiet",
        f"{api.open_now}",
        site=turns or limit(exam, "max_keepalive_connections"),
        no_site=NO_ORIGIN,
    )


@check(
    "resources",
    points=2,
    hint="A connection goes back when its answer has been read or closed. Does that "
    "happen on every way out of your endpoint?",
)
async def test_error_answers_give_their_connections_back(exam: Exam) -> None:
    """However many error answers came before, the next requests are answered."""
    api = rates_api(exam)
    too_many = range(_CONNECTIONS + _CONNECTIONS // 2)
    fail_with(exam, 503)
    api.takes(_MOMENT)
    await asyncio.gather(*(exam.get("/rates/EUR") for _ in range(CROWD)))
    await exam.settle()
    exam.expect(
        api.open_now == _KEPT,
        f"{_KEPT} connections open when all is quiet after a burst of error answers",
        f"{api.open_now}",
        site=[*exam.code.calls("stream"), limit(exam, "max_keepalive_connections")],
        no_site=NO_ORIGIN,
    )
    api.takes(0)
    for _ in too_many:
        await exam.get("/rates/EUR")

    quotes = publish(exam)
    for _ in too_many:
        await exam.get("/rates/XXX")
    await _expect_a_connection(exam, quotes)
    await expect_rates(exam, quotes)

    break_off(exam, BreaksOff())
    api.takes(1)
    for _ in too_many:
        await exam.get("/rates/EUR")
    api.takes(60)
    await asyncio.gather(*(exam.get("/rates/EUR") for _ in range(_CONNECTIONS)))
    quotes = publish(exam)
    api.takes(0)
    await _expect_a_connection(exam, quotes)
    await expect_rates(exam, quotes)


async def _expect_a_connection(exam: Exam, quotes: Quotes) -> None:
    """There is a connection for a request: they are not all held by earlier ones."""
    api = rates_api(exam)
    asked = len(api.calls)
    reply = await exam.get(f"/rates/{some_base(exam, quotes)}")
    if len(api.calls) > asked:
        expect_started(exam, reply)
        return
    held = [one for one in api.connections if one.closed is None]
    exam.fail(
        f"{reply.request} reaches the rates API",
        f"{reply.status}: it did not, and {len(held)} connections are still open",
        site=held[-1].site if len(held) == _CONNECTIONS else exam.answer(reply.run),
    )

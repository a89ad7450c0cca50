"""How long a list takes, however many links it has and whatever other lists wait."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.fetch_many.expectations import expect_asked_once
from graders.suites.fetch_many.world import LINKS, Web, checked, send


@check(
    "concurrency",
    points=3,
    hint="Look for a link that waits for another one: in a loop, for a place in line, "
    "or for a connection.",
    guard=True,
)
async def test_fifty_links_take_as_long_as_one(exam: Exam) -> None:
    """Fifty links of 1 s each take 1 s."""
    web = Web(exam)
    # One host has more than half of them.
    links = [web.page(takes=1) for _ in range(LINKS // 2)]
    links += [web.page(takes=1, host=web.hosts[0]) for _ in range(LINKS // 2)]

    reply = await checked(exam, links)

    exam.expect_status(reply, 200)
    # A list that comes too soon has left a link out; other checks say so.
    if reply.took > 1.0:
        expect_asked_once(exam, links)
        exam.expect_took(reply, 1.0)


@check(
    "concurrency",
    points=1,
    hint="What do two lists share in your code, and must one of them wait for it?",
    guard=True,
)
async def test_lists_do_not_wait_for_one_another(exam: Exam) -> None:
    """A list is answered while another one still waits for its fifty links."""
    web = Web(exam)
    slow = [web.page(takes=9) for _ in range(LINKS)]
    quick = [web.page(takes=1) for _ in range(LINKS)]

    exchange = send(exam, slow)
    await exam.settle(1)
    reply = await checked(exam, quick)
    await exchange.reply()

    exam.expect_status(reply, 200)
    own = [call for call in exam.calls if call.arguments["host"] in web.hosts[LINKS:]]
    if reply.took > 1.0:
        exam.expect_took(reply, 1.0, calls=own)

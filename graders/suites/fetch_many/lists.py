"""Lists with a link twice, beside other lists, or empty; and the client of a list."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from graders.proctor import Exam, check
from graders.suites.fetch_many import causes
from graders.suites.fetch_many.expectations import expect_counts, expect_rows
from graders.suites.fetch_many.world import BREAKS, LINKS, Link, Web, checked, respelled

_REMEMBERED = (
    "It fared in another way when a list before asked for it. What do you remember of "
    "that?"
)
_WAITED = (
    "The link answers in time, once it is asked. Which clause takes the wait for a "
    "connection for the link's own silence?"
)


@check(
    "errors",
    points=1,
    hint="What does your code use to find a link's result again? Is it unique?",
)
async def test_a_link_that_stands_twice_has_two_rows(exam: Exam) -> None:
    """A link that was pasted twice has two rows, and counts twice."""
    web = Web(exam)
    good, gone, away = web.page(), web.page(404), web.refusing()
    links = [good, gone, good, away, gone, away]

    expect_counts(exam, await checked(exam, links), links)

    # The same pages again, in other spellings.
    links = [_respelled(link, way) for link in (good, gone, away) for way in range(4)]
    exam.random.shuffle(links)

    expect_counts(exam, await checked(exam, links), links)


@check(
    "errors",
    points=1,
    hint="By what does your code tell links apart? A path and a query have upper and "
    "lower case of their own.",
)
async def test_links_that_are_nearly_alike_are_told_apart(exam: Exam) -> None:
    """Links to one host that differ in a single place each have their own row."""
    web = Web(exam)
    links = web.nearly_alike()
    exam.random.shuffle(links)

    expect_rows(exam, await checked(exam, links), links)


def _respelled(link: Link, way: int) -> Link:
    url = respelled(link.url, way)
    return replace(link, url=url, row={**link.row, "url": url})


@check(
    "errors",
    points=1,
    hint="While one list waits, another one runs through the same lines. Which of your "
    "variables do they share?",
)
async def test_every_list_has_its_own_rows(exam: Exam) -> None:
    """Lists that are checked at the same time each have their own rows."""
    web = Web(exam)
    lists = [[web.page(takes=seconds), web.page(404)] for seconds in (2, 1, 3)]

    replies = await asyncio.gather(*(checked(exam, links) for links in lists))

    for links, reply in zip(lists, replies, strict=True):
        others = [link.url for one in lists if one is not links for link in one]
        mixed = any(url in reply.text for url in others)
        site = causes.of_mixing(exam) if mixed else None
        expect_counts(exam, reply, links, site=site)


@check(
    "errors",
    points=1,
    hint="Where do you keep what became of a link, or of its host, and for how long? "
    "The next list is about the web as it is by then.",
)
async def test_every_list_finds_out_for_itself(exam: Exam) -> None:
    """Each list tells how its links fare by now, whatever a list before has found."""
    web = Web(exam)
    quick = [web.refusing(), web.unknown(), web.page(404), web.page(503), web.page(429)]
    quick += map(web.breaking, BREAKS)
    well = [web.page() for _ in range(3)]
    ends: list[int | str] = [404, 503, *BREAKS]
    turns = exam.random.sample(ends, 3)

    # Whoever counts failures has had enough of them.
    for links in ([*quick, *well], [web.silent(), web.unreachable()]):
        for _ in range(5):
            expect_rows(exam, await checked(exam, links), links)
        now = [
            web.changed(link, turns[well.index(link)] if link in well else 200)
            for link in links
        ]
        expect_rows(
            exam,
            await checked(exam, now),
            now,
            site=causes.of_remembering(exam),
            advice=_REMEMBERED,
        )


@check(
    "timeouts",
    points=1,
    hint="How many connections may your client have at once? What becomes of a link "
    "that waits too long for one of them?",
)
async def test_waiting_for_a_connection_is_no_silence(exam: Exam) -> None:
    """A link that waits for a connection, and then answers, has its answer."""
    web = Web(exam)
    lists = [[web.silent() for _ in range(LINKS)] for _ in range(2)]
    lists.append([web.page(), web.page(404)])

    replies = await asyncio.gather(*(checked(exam, links) for links in lists))

    expect_rows(exam, replies[-1], lists[-1], advice=_WAITED)


@check(
    "errors",
    points=1,
    hint="Follow your code with a list of no links.",
)
async def test_an_empty_list_has_no_rows(exam: Exam) -> None:
    """An empty list has no rows, and three zeros."""
    Web(exam)

    expect_counts(exam, await checked(exam, []), [])


@check(
    "resources",
    points=2,
    hint="Where in your code is the client made, and how often does that line run for "
    "one list?",
    guard=True,
)
async def test_one_client_asks_for_all_links(exam: Exam) -> None:
    """One client asks for all links of a list."""
    web = Web(exam)
    links = [web.page(takes=1) for _ in range(LINKS // 2)]
    before = len(exam.database.of("client opened"))

    reply = await checked(exam, links)

    exam.expect_status(reply, 200)
    made = exam.database.of("client opened")[before:]
    exam.expect(
        len(made) <= 1,
        f"1 client for {len(links)} links",
        f"{len(made)} clients",
        site=made[-1:],
    )

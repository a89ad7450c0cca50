"""Links that answer: each row in its place, with the status that came."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.fetch_many import causes
from graders.suites.fetch_many.expectations import expect_asked_once, expect_rows
from graders.suites.fetch_many.world import Web, checked

_REDIRECT = "A redirect is an answer. Who has asked for the page to which it leads?"


@check(
    "errors",
    points=2,
    hint="Answers come in any order. What keeps each one with its link, as it was "
    "pasted?",
)
async def test_rows_stand_in_the_order_of_the_list(exam: Exam) -> None:
    """The rows stand in the order of the list, and each link is asked for once."""
    web = Web(exam)
    links = [web.page(takes=seconds) for seconds in (3, 1, 4, 2, 4.5, 2)]
    links[3:3] = [web.front_page(), web.odd(), web.without_a_name()]

    reply = await checked(exam, links)

    expect_rows(exam, reply, links)
    expect_asked_once(exam, links)


@check(
    "errors",
    points=2,
    hint="httpx takes every answer for an answer. What does its status say?",
)
async def test_a_status_other_than_2xx_is_an_http_error(exam: Exam) -> None:
    """A link that answers with a status other than 2xx fails, with that status."""
    web = Web(exam)
    statuses = [200, 204, 404, 410, 503, 301]
    links = [web.page(status) for status in exam.random.sample(statuses, 6)]

    reply = await checked(exam, links)

    follower = causes.of_following(exam)
    expect_rows(exam, reply, links, site=follower, advice=_REDIRECT if follower else "")

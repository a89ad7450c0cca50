"""A link has ten seconds, no more and no less."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.fetch_many import causes
from graders.suites.fetch_many.expectations import expect_rows
from graders.suites.fetch_many.world import TIMEOUT, Web, checked

_TOO_SOON = "A link has 10 s. Which of your limits gives it less?"


@check(
    "timeouts",
    points=2,
    hint="httpx has its own idea of how long to wait, for connecting as well as for "
    "the answer. Who tells it yours?",
)
async def test_a_silent_link_is_given_up_after_ten_seconds(exam: Exam) -> None:
    """A link that keeps silent is given up after 10 s, and the list is answered."""
    for trouble in exam.random.sample((Web.silent, Web.unreachable), 2):
        web = Web(exam)

        reply = await checked(exam, [web.page(takes=1), trouble(web)])

        exam.expect_status(reply, 200)
        exam.expect_took(
            reply, TIMEOUT, advice=_TOO_SOON if reply.took < TIMEOUT else ""
        )
    await exam.settle()

    late = [
        call
        for call in exam.calls
        if call.ended is None or round(call.ended - call.began, 9) > TIMEOUT
    ]
    if late:
        exam.fail(
            "a request is given up when its time is over",
            "it went on after the answer",
            advice="Not waiting any longer is one thing, ending the request another. "
            "Who ends it?",
            site=causes.of_abandoning(exam, late[0]),
            timeline=late,
        )


@check(
    "timeouts",
    points=1,
    hint=_TOO_SOON,
)
async def test_a_link_that_takes_nine_and_a_half_seconds_is_in_time(exam: Exam) -> None:
    """A link that answers after 9.5 s is in time."""
    link = Web(exam).page(takes=9.5)

    reply = await checked(exam, [link])

    expect_rows(exam, reply, [link], advice=_TOO_SOON)
    exam.expect_took(reply, 9.5)


@check(
    "errors",
    points=1,
    hint="Which of httpx's exceptions say that the time is over, and which others are "
    "they kinds of?",
)
async def test_a_link_that_takes_too_long_is_a_timeout(exam: Exam) -> None:
    """A link that does not answer, or cannot be connected to, is a timeout."""
    web = Web(exam)
    links = [web.silent(), web.page(), web.unreachable(), web.page(404)]
    exam.random.shuffle(links)

    expect_rows(exam, await checked(exam, links), links)

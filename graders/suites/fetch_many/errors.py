"""Links that cannot be reached, or are none, alone and with links of all fates."""

from __future__ import annotations

from graders.proctor import Exam, check
from graders.suites.fetch_many.expectations import expect_counts, expect_rows
from graders.suites.fetch_many.world import BREAKS, Web, checked


@check(
    "errors",
    points=2,
    hint="A connection can fail before it is there and afterwards. Do all of these "
    "exceptions have a base class in common?",
)
async def test_a_link_that_cannot_be_reached_is_a_connect_error(exam: Exam) -> None:
    """A link without a host, one that refuses and one that breaks off are `connect`."""
    web = Web(exam)
    links = [web.unknown(), web.page(), web.refusing(), web.page()]
    links += map(web.breaking, BREAKS)
    exam.random.shuffle(links)

    expect_rows(exam, await checked(exam, links), links)


@check(
    "errors",
    points=2,
    hint="What does httpx raise for each of these? Not all of it belongs to the family "
    "of its HTTP errors, and some belongs to a branch you may not expect.",
)
async def test_a_link_that_is_no_link_is_invalid(exam: Exam) -> None:
    """What is no http or https address is `invalid`, and the others are checked."""
    web = Web(exam)
    links = [*web.invalid(), web.page(), web.page(404)]
    exam.random.shuffle(links)

    expect_rows(exam, await checked(exam, links), links)


@check(
    "errors",
    points=2,
    hint="Every link must end up in one of the two counts, whatever became of it.",
)
async def test_one_failure_hides_no_other_link(exam: Exam) -> None:
    """With links of all fates in one list, each has its row, and the counts agree."""
    web = Web(exam)
    links = [web.page(takes=seconds) for seconds in (1, 2, 3)]
    links += [web.page(404, takes=2), web.page(500), web.silent(), web.unreachable()]
    links += [web.unknown(), web.refusing()]
    for how in BREAKS:
        # The next link of this host has a fate of its own.
        links += [web.breaking(how), web.page(takes=2, host=web.hosts[-1])]
    links += web.invalid()
    exam.random.shuffle(links)

    expect_counts(exam, await checked(exam, links), links)

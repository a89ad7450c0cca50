"""The hidden suite of the kata `fetch_many`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from graders.proctor import (
    Ask,
    BreaksOff,
    CallRecord,
    Exam,
    Observation,
    Reply,
    Site,
    Upstream,
    check,
    every_schedule,
    seconds,
)

TIMEOUT = 10.0
# Longer than any patience that a submission may have.
SILENT = 60.0
LINKS = 50
# How a host breaks off before it answers.
BREAKS = {
    "cuts the connection off": BreaksOff(reset=True),
    "hangs up": BreaksOff(),
    "hangs up in the middle of the head": BreaksOff(b"HTTP/1.1 200 OK\r\ncontent-le"),
}

TITLES = ("Harbour", "Echo", "Ledger", "Courier", "Beacon", "Chronicle", "Planet")
_PLACES = "These are the right rows in other places. What keeps the order of the list?"
_COUNT = (
    "Follow the rows from where they are made to the answer: which are left behind?"
)
_REFUSED = "FastAPI has refused the whole list. What have you told it that a link is?"
_PASTED = "The row shows a link as it was pasted. Which line writes it in another way?"
_IN_TIME = "This link answers in time. Whose time was over, and for how many links?"
_REDIRECT = "A redirect is an answer. Who has asked for the page to which it leads?"
_TOO_SOON = "A link has 10 s. Which of your limits gives it less?"
_WAITED = (
    "The link answers in time, once it is asked. Which clause takes the wait for a "
    "connection for the link's own silence?"
)
_ONLY_GET = "Which request does a link's answer need, and which ones do you make?"
_ONCE = "Each link is asked for once. Which line asks again?"

SECTIONS = ("politics", "sports", "culture", "science", "weather", "opinion")


@dataclass(frozen=True)
class Link:
    """A link to check.

    Attributes:
        fate: what it does, in words for the learner.
        row: the row that it must get.
    """

    url: str
    fate: str
    row: dict[str, Any]


class Web:
    """The world: hosts and pages that are drawn anew for every check."""

    def __init__(self, exam: Exam, first: int = 0) -> None:
        self._exam = exam
        self._random = exam.random
        self._numbers = count(first or exam.random.randrange(100, 900))
        self._breaks: dict[str, BreaksOff] = {}
        self._seconds: dict[str, float] = {}
        self._statuses: dict[str, int] = {}
        self.hosts: list[str] = []

    # --- links ------------------------------------------------------------------------

    def page(self, status: int = 200, *, takes: float = 0, host: str = "") -> Link:
        """A page that answers.

        Args:
            takes: virtual seconds.
            host: one that there is already; a new one when left out.
        """
        host = host or self._host()
        path = f"/{self._random.choice(SECTIONS)}/{next(self._numbers)}"
        self._statuses[path], self._seconds[path] = status, takes
        words = f"answers with {status}" + (f" after {takes:g} s" if takes else "")
        url = self._url(host, f"{path}?ref={self._random.randrange(1_000)}")
        error = None if 200 <= status <= 299 else "http"
        return self._link(url, words, error, status)

    def front_page(self) -> Link:
        """A host without a path."""
        host = self._host()
        return self._link(self._url(host, ""), "answers with 200", None, 200)

    def odd(self, takes: float = 0.5) -> Link:
        """A page whose address is not written as a client writes it.

        Args:
            takes: virtual seconds; not those of another link, so that who comes first
                is no matter of chance, as it is with asyncio.as_completed.
        """
        secure = self._random.choice((True, False))
        scheme, port = ("https", 443) if secure else ("http", 80)
        path = f"/{self._random.choice(SECTIONS)}/{next(self._numbers)}"
        self._statuses[path], self._seconds[path] = 200, takes
        url = f"{scheme}://{self._host().title()}:{port}{path}"
        return self._link(url, "answers with 200", None, 200)

    def silent(self) -> Link:
        """A page that does not answer in time."""
        link = self.page(takes=SILENT)
        return self._link(link.url, "never answers", "timeout")

    def unreachable(self) -> Link:
        host = self._host()
        self._upstream(host).unreachable()
        url = self._url(host, "/")
        return self._link(url, "cannot be connected to in time", "timeout")

    def unknown(self) -> Link:
        host = self._host()
        self._upstream(host).unknown()
        return self._link(self._url(host, "/"), "has no such host", "connect")

    def refusing(self) -> Link:
        host = self._host()
        self._upstream(host).refuses()
        return self._link(self._url(host, "/"), "refuses the connection", "connect")

    def breaking(self, how: str, takes: float = 0) -> Link:
        """A page whose host breaks off in one of BREAKS' ways before it answers."""
        host, path = self._host(), f"/{next(self._numbers)}"
        self._breaks[path], self._seconds[path] = BREAKS[how], takes
        return self._link(self._url(host, path), f"{how} before it answers", "connect")

    def invalid(self) -> list[Link]:
        """Links that are none, of every kind."""
        word, host = self._random.choice(SECTIONS), self._name()
        return [
            self._link(url, words, "invalid")
            for url, words in (
                (word, "is no address"),
                (f"/{word}/{next(self._numbers)}", "is no whole address"),
                ("", "is empty"),
                (f"ftp://{host}/{word}.txt", "is no http address"),
                (f"mailto:{word}@{host}", "is no http address"),
                ("https://", "has no host"),
                (f"https://[2001:db8::{next(self._numbers)}/{word}", "cannot be read"),
            )
        ]

    # --- hosts ------------------------------------------------------------------------

    def _name(self) -> str:
        title = self._random.choice(TITLES).lower()
        return f"{title}-{next(self._numbers)}.example"

    def _host(self) -> str:
        host = self._name()
        upstream = self._exam.network.serve(host, self._answer)
        upstream.takes(lambda request: self._seconds.get(request.url.path, 0))
        self.hosts.append(host)
        return host

    def _upstream(self, host: str) -> Upstream:
        return self._exam.network.upstreams[host]

    def _url(self, host: str, rest: str) -> str:
        return f"{self._random.choice(('http', 'https'))}://{host}{rest}"

    def _answer(self, request: Request) -> Response | BreaksOff:
        if request.url.path in self._breaks:
            return self._breaks[request.url.path]
        if request.method != "GET":
            return Response(status_code=405)
        status = self._statuses.get(request.url.path, 200)
        headers = {"location": "/"} if 300 <= status <= 399 else {}
        return Response(status_code=status, headers=headers)

    @staticmethod
    def _link(
        url: str, words: str, error: str | None, status: int | None = None
    ) -> Link:
        row = {"url": url, "ok": error is None, "status": status, "error": error}
        return Link(url, words, row)


async def checked(exam: Exam, links: Sequence[Link]) -> Reply:
    """The reply to a list of links."""
    return await exam.post("/checks", json={"urls": [link.url for link in links]})


def expect_rows(
    exam: Exam,
    reply: Reply,
    links: Sequence[Link],
    *,
    site: Site | None = None,
    advice: str = "",
) -> None:
    """Every link has the row that it must have, and in its place.

    Args:
        site, advice: where a row goes wrong, if that is known.
    """
    if reply.status == 422:  # not stated: it is explained here, not expected
        exam.fail(
            f"{reply.request} answers 200",
            "422",
            advice=_REFUSED,
            site=_declared(exam) or exam.endpoint(reply.run),
        )
    exam.expect_status(reply, 200)
    body = exam.json_of(reply)
    rows = body.get("results") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        exam.fail(
            "a JSON object with a list of `results`",
            reply.text[:80],
            site=exam.answer(reply.run),
        )
        return
    exam.expect(
        len(rows) == len(links),
        f"a row for each link of the list, {len(links)} in all",
        f"{len(rows)}",
        advice=_COUNT if len(rows) < len(links) else "",
        site=site
        or (_left_out(exam, reply) if len(rows) < len(links) else None)
        or exam.answer(reply.run),
    )
    misplaced = all(any(_same(row, link.row) for row in rows) for link in links)
    for position, (link, row) in enumerate(zip(links, rows, strict=True)):
        if _same(row, link.row):
            continue
        exam.fail(
            f"`results[{position}]` is the row of a link that {link.fate}: "
            f"{link.url or 'an empty one'}",
            json.dumps(row)[:160],
            advice=_PLACES if misplaced else advice or _why(row, link),
            site=_collected(exam, reply, position)
            if misplaced
            else site or _wrong(exam, reply, position, link, row),
        )


def _why(row: Any, link: Link) -> str:
    """What to try when a row is wrong in a way that tells why; else nothing."""
    if _is_rewritten(row, link):
        return _PASTED
    error = row.get("error") if isinstance(row, dict) else None
    return _IN_TIME if error == "timeout" != link.row["error"] else ""


def _is_rewritten(row: Any, link: Link) -> bool:
    """All is right but the way in which the address is written."""
    if not isinstance(row, dict) or not _same({**row, "url": link.url}, link.row):
        return False
    try:
        return _parts(str(row.get("url"))) == _parts(link.url)
    except (httpx.InvalidURL, ValueError):
        return False


def _parts(url: str) -> tuple[Any, ...]:
    address = httpx.URL(url)
    return address.scheme, address.raw_host, address.port, address.raw_path


# --- the line to show -----------------------------------------------------------------


def _wrong(
    exam: Exam, reply: Reply, position: int, link: Link, row: Any
) -> Site | None:
    """The line that made a wrong row, or the one that writes an address anew."""
    made = exam.answer(reply.run, f"results[{position}]")
    if not _is_rewritten(row, link):
        return made
    return _declared(exam) or _rewritten(exam) or made


def _declared(exam: Exam) -> Site | None:
    """The line that declares the links to be something else than text."""
    return next(iter(exam.code.mentions("HttpUrl", "AnyHttpUrl", "AnyUrl")), None)


def _rewritten(exam: Exam) -> Site | None:
    """The line that makes a text of an address again."""
    texts = exam.code.calls("str")
    return next((site for site in exam.code.mentions("url") if site in texts), None)


def _collected(exam: Exam, reply: Reply, position: int) -> Site | None:
    """The line that takes a row as it comes, or from where it was made."""
    made = exam.answer(reply.run, f"results[{position}]")
    calls = [call for call in exam.calls if call.run == reply.run and call.lines]
    if made is None or not calls:
        return made
    further_out = (site for site in calls[-1].lines if site.function != made.function)
    return [*exam.code.calls("as_completed"), next(further_out, made)][0]


def _left_out(exam: Exam, reply: Reply) -> Site | None:
    """The line of the endpoint that first asks how a row fared."""
    answer = exam.answer(reply.run)
    if answer is None:
        return None
    asked = exam.code.mentions("ok", "status", "error")
    return [*exam.code.beside(answer, asked), answer][0]


def _shared(exam: Exam) -> Site | None:
    """The last line that makes something which all requests share."""
    apps = exam.code.calls("FastAPI", "APIRouter")
    lines = [site for site in exam.code.shared() if site not in apps]
    return lines[-1] if lines else None


def _stopped_waiting(exam: Exam, call: CallRecord) -> Site | None:
    """The line that gave a call up without ending it."""
    return exam.causes.of_timer(call.began + TIMEOUT, call.run) or call.site


def _follower(exam: Exam) -> Site | None:
    """The line that has redirects followed, if one was followed.

    No page of ours but the target of a redirect stands at the root of its host.
    """
    followed = [call for call in exam.calls if call.name == "GET /"]
    if not followed:
        return None
    return next(iter(exam.code.gives("follow_redirects")), followed[-1].site)


def _same(left: Any, right: Any) -> bool:
    """Equal as JSON, where `true` is no 1."""
    kinds = isinstance(left, dict) and {key: type(left[key]) for key in left}
    return bool(left == right and kinds == {key: type(right[key]) for key in right})


def expect_counts(
    exam: Exam, reply: Reply, links: Sequence[Link], *, site: Site | None = None
) -> None:
    """The whole body: rows and counts; `site` as for the rows."""
    expect_rows(exam, reply, links, site=site)
    good = sum(link.row["ok"] for link in links)
    exam.expect_json(
        reply,
        {
            "results": [link.row for link in links],
            "ok": good,
            "failed": len(links) - good,
            "total": len(links),
        },
    )


def expect_asked_once(exam: Exam, links: Sequence[Link]) -> None:
    """As many requests as links, each of them a GET."""
    calls = list(exam.calls)
    for call in calls:
        exam.expect(
            call.name.startswith("GET "),
            "each link is asked for with GET",
            call.name.split()[0],
            advice=_ONLY_GET,
            site=call.site,
        )
    exam.expect(
        len(calls) == len(links),
        f"{len(links)} requests for {len(links)} links",
        f"{len(calls)}",
        advice=_ONCE if len(calls) > len(links) else "",
        site=calls[-1].site if calls else None,
        no_site="" if calls else "no request arrived",
        timeline=calls,
    )


def outlasts(call: CallRecord, seconds: float) -> bool:
    """The call was in flight for longer than so many virtual seconds."""
    return call.ended is None or round(call.ended - call.began, 9) > seconds


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

    exchange = exam.start("POST", "/checks", json={"urls": [one.url for one in slow]})
    await exam.settle(1)
    reply = await checked(exam, quick)
    await exchange.reply()

    exam.expect_status(reply, 200)
    own = [call for call in exam.calls if call.arguments["host"] in web.hosts[LINKS:]]
    if reply.took > 1.0:
        exam.expect_took(reply, 1.0, calls=own)


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
    links[3:3] = [web.front_page(), web.odd()]

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

    follower = _follower(exam)
    expect_rows(exam, reply, links, site=follower, advice=_REDIRECT if follower else "")


@check(
    "timeouts",
    points=2,
    hint="httpx has its own idea of how long to wait, for connecting as well as for "
    "the answer. Who tells it yours?",
)
async def test_a_silent_link_is_given_up_after_ten_seconds(exam: Exam) -> None:
    """A link that keeps silent is given up after 10 s, and the list is answered."""
    for trouble in exam.random.sample(("silent", "unreachable"), 2):
        web = Web(exam)
        links = [web.page(takes=1), getattr(web, trouble)()]

        reply = await checked(exam, links)

        exam.expect_status(reply, 200)
        exam.expect_took(
            reply, TIMEOUT, advice=_TOO_SOON if reply.took < TIMEOUT else ""
        )
    await exam.settle()

    late = [call for call in exam.calls if outlasts(call, TIMEOUT)]
    exam.expect(
        not late,
        "a request is given up when its time is over",
        "it went on after the answer",
        advice="Not waiting any longer is one thing, ending the request another. Who "
        "ends it?",
        site=_stopped_waiting(exam, late[0]) if late else None,
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


@check(
    "errors",
    points=1,
    hint="What does your code use to find a link's result again? Is it unique?",
)
async def test_a_link_that_stands_twice_has_two_rows(exam: Exam) -> None:
    """A link that was pasted twice has two rows, and counts twice."""
    web = Web(exam)
    good, gone, away = web.page(), web.page(404), web.refusing()

    expect_counts(
        exam,
        await checked(exam, [good, gone, good, away, gone, away]),
        [good, gone, good, away, gone, away],
    )


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
        expect_counts(exam, reply, links, site=_shared(exam) if mixed else None)


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
        site=made[-1].site if made else None,
    )


# --- whatever the schedule ------------------------------------------------------------


@dataclass(frozen=True)
class Paste:
    """A link of a list.

    Attributes:
        key: those with the same key are the same link.
        kind: a status, one of BREAKS, or the name of another fate.
        takes: until its host does something (s).
    """

    key: int
    kind: str
    takes: float

    def __post_init__(self) -> None:
        if self.takes == TIMEOUT:
            raise ValueError("whether that is in time nobody can say")


@dataclass(frozen=True)
class Pile:
    """A list of links, and when it is sent (s)."""

    at: float
    pastes: tuple[Paste, ...]


@dataclass(frozen=True)
class Desk:
    """Lists that are checked beside each other.

    Attributes:
        first: the number of the first host; no two desks share one.
    """

    first: int
    piles: tuple[Pile, ...]


GOOD = (201, 202, 204, 206, 226, 299)
BAD = (300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 408, 410, 418, 429, 451)
STATUSES = (*GOOD, *BAD, 500, 502, 503, 504)
INVALID = 7
FATES = ("odd", "front_page", "silent", "unreachable", "unknown", "refusing", *BREAKS)


def desks(draw: Random) -> Desk:
    # Some links are answered at the very same moment.
    together = seconds(draw, 3)

    def paste(key: int) -> Paste:
        invalid = f"invalid {draw.randrange(INVALID)}"
        kinds = ("200", str(draw.choice(STATUSES)), draw.choice(FATES), invalid)
        late = TIMEOUT + 1 / 64 if draw.random() < 0.1 else 0.0
        takes = draw.choice((together, seconds(draw, 3), seconds(draw, 9)))
        return Paste(key, draw.choice(kinds), takes + late)

    # A few of them stand in several lists, or twice in one.
    links = [paste(key) for key in range(draw.randint(2, 8))]
    return Desk(
        draw.randrange(1_000, 10**9),
        tuple(
            Pile(seconds(draw, 4), tuple(draw.choices(links, k=draw.randint(1, 5))))
            for _ in range(draw.randint(1, 3))
        ),
    )


@every_schedule(
    "errors",
    points=2,
    hint="What does a row depend on, besides its own link? What do two lists share?",
    plans=desks,
    stops=True,
)
async def test_every_row_tells_the_fate_of_its_own_link(
    exam: Exam, plan: Desk
) -> Observation:
    """Whatever the lists, and whenever, each row tells the fate of its own link"""
    web = Web(exam, plan.first)
    links: dict[int, str] = {}
    for paste in (paste for pile in plan.piles for paste in pile.pastes):
        if paste.key not in links:
            links[paste.key] = _drawn(web, paste).url
    lists = [[links[paste.key] for paste in pile.pastes] for pile in plan.piles]
    seen = await exam.carry_out(
        [
            Ask("POST", "/checks", pile.at, json={"urls": urls})
            for pile, urls in zip(plan.piles, lists, strict=True)
        ]
    )
    return _once(seen, lists)


def _drawn(web: Web, paste: Paste) -> Link:
    """The link that a plan has drawn."""
    if paste.kind.isdigit():
        return web.page(int(paste.kind), takes=paste.takes)
    if paste.kind in BREAKS:
        return web.breaking(paste.kind, paste.takes)
    if paste.kind.startswith("invalid"):
        return web.invalid()[int(paste.kind.split()[1])]
    if paste.kind == "odd":
        return web.odd(paste.takes)
    link: Link = getattr(web, paste.kind)()
    return link


def _once(seen: Observation, lists: Sequence[Sequence[str]]) -> Observation:
    """An observation in which each link of a list is asked for once.

    What was pasted twice may be asked for twice. Threads do not tell for whom they ask,
    but a host has one link.
    """
    kept: list[int] = []
    places: dict[str, list[int]] = {}
    for number, made in enumerate(seen.calls):
        places.setdefault(dict(made.arguments)["host"], []).append(number)
    for host, numbers in places.items():
        pasted = [sum(_host(url) == host for url in urls) for urls in lists]
        least = sum(map(bool, pasted))
        allowed = least <= len(numbers) <= sum(pasted)
        kept += numbers[:least] if allowed else numbers
    return replace(
        seen,
        calls=tuple(replace(seen.calls[number], ask=None) for number in kept),
        records=tuple(seen.records[number] for number in kept),
    )


def _host(url: str) -> str:
    """The host of a link of ours, as a client writes it."""
    return url.partition("://")[2].partition("/")[0].partition(":")[0].lower()

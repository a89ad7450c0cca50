"""The fake web: its hosts and pages, and links to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from graders.proctor import BreaksOff, Exam, Exchange, Reply, Upstream

# After so long a link is given up (s).
TIMEOUT = 10.0
# Links of a long list.
LINKS = 50
# How a host breaks off before it answers.
BREAKS = {
    "cuts the connection off": BreaksOff(reset=True),
    "hangs up": BreaksOff(),
    "hangs up in the middle of the head": BreaksOff(b"HTTP/1.1 200 OK\r\ncontent-le"),
}

# Longer than any patience that a submission may have (s).
_SILENT = 60.0
_TITLES = ("Harbour", "Echo", "Ledger", "Courier", "Beacon", "Chronicle", "Planet")
_SECTIONS = ("politics", "sports", "culture", "science", "weather", "opinion")


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
    """The world: hosts and pages that are drawn anew for every check.

    Args:
        first: the number of the first host; drawn when left out.

    Attributes:
        hosts: the names of those that there are, in order.
    """

    def __init__(self, exam: Exam, first: int = 0) -> None:
        self._network = exam.network
        self._random = exam.random
        self._numbers = count(first or exam.random.randrange(100, 900))
        # By path, with its query where that matters: its status, or how it breaks
        # off, and after how long (s).
        self._answers: dict[str, int | BreaksOff] = {}
        self._seconds: dict[str, float] = {}
        self.hosts: list[str] = []

    # --- links ------------------------------------------------------------------------

    def page(self, status: int = 200, *, takes: float = 0, host: str = "") -> Link:
        """A page that answers.

        Args:
            takes: virtual seconds.
            host: one that there is already; a new one when left out.
        """
        host = host or self._host()
        path = self._path(status, takes)
        url = self._url(host, f"{path}?ref={self._random.randrange(1_000)}")
        return _answering(url, status, f" after {takes:g} s" if takes else "")

    def front_page(self) -> Link:
        """A host without a path."""
        return _answering(self._url(self._host(), ""), 200)

    def odd(self, takes: float = 0.5) -> Link:
        """A page whose address is not written as a client writes it.

        Args:
            takes: virtual seconds; not those of another link, so that who comes first
                is no matter of chance, as it is with asyncio.as_completed.
        """
        scheme, port = self._random.choice((("https", 443), ("http", 80)))
        path = self._path(200, takes)
        url = f"{scheme.upper()}://{self._host().title()}:{port}{path}"
        return _answering(url, 200)

    def without_a_name(self) -> Link:
        """A page of a host that has a number only."""
        host = f"2001:db8::{next(self._numbers) % 10_000}"
        self._network.serve(host, self._answer)
        return _answering(f"http://[{host}]:8200{self._path(200, 0)}", 200)

    def nearly_alike(self) -> list[Link]:
        """Pages of one host whose addresses differ in a single place."""
        host, number = self._host(), next(self._numbers)
        section = self._random.choice(_SECTIONS)
        paths = (
            f"/{section}/{number}",
            f"/{section.title()}/{number}",
            f"/{section}/{number}/",
            f"/{section}/{number}?page=1",
            f"/{section}/{number}?page=2",
        )
        links = []
        other, *statuses = self._random.sample(
            (200, 204, 403, 404, 410, 500, 503), len(paths) + 1
        )
        for path, status in zip(paths, statuses, strict=True):
            self._answers[path] = status
            links.append(_answering(f"https://{host}{path}", status))
        # Whoever answers at another port is somebody else.
        self._answers[f"{paths[0]} at 80"] = other
        links.append(_answering(f"http://{host}{paths[0]}", other))
        return links

    def silent(self) -> Link:
        """A page that does not answer in time."""
        return _link(self.page(takes=_SILENT).url, "never answers", "timeout")

    def unreachable(self) -> Link:
        words = "cannot be connected to in time"
        return self._troubled(Upstream.unreachable, words, "timeout")

    def unknown(self) -> Link:
        return self._troubled(Upstream.unknown, "has no such host", "connect")

    def refusing(self) -> Link:
        return self._troubled(Upstream.refuses, "refuses the connection", "connect")

    def breaking(self, how: str, takes: float = 0) -> Link:
        """A page whose host breaks off in one of BREAKS' ways before it answers."""
        host, path = self._host(), f"/{next(self._numbers)}"
        self._answers[path], self._seconds[path] = BREAKS[how], takes
        return _link(self._url(host, path), f"{how} before it answers", "connect")

    def invalid(self) -> list[Link]:
        """Links that are none, of every kind."""
        word, host = self._random.choice(_SECTIONS), self._name()
        return [
            _link(url, words, "invalid")
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

    def changed(self, link: Link, answer: int | str = 200) -> Link:
        """A link whose host is well, and which fares in another way from now on.

        Args:
            answer: a status, or one of BREAKS.
        """
        parts = urlsplit(link.url)
        self._network.upstreams[str(parts.hostname)].recovers()
        self._seconds[parts.path] = 0
        if isinstance(answer, str):
            self._answers[parts.path] = BREAKS[answer]
            return _link(link.url, f"{answer} before it answers by now", "connect")
        self._answers[parts.path] = answer
        return _answering(link.url, answer, " by now")

    # --- hosts ------------------------------------------------------------------------

    def _troubled(
        self, trouble: Callable[[Upstream], Upstream], words: str, error: str
    ) -> Link:
        """A link to a host that has a trouble from now on."""
        host = self._host()
        trouble(self._network.upstreams[host])
        return _link(self._url(host, "/"), words, error)

    def _path(self, status: int, takes: float) -> str:
        """A new path, at which a page answers so."""
        path = f"/{self._random.choice(_SECTIONS)}/{next(self._numbers)}"
        self._answers[path], self._seconds[path] = status, takes
        return path

    def _name(self) -> str:
        title = self._random.choice(_TITLES).lower()
        return f"{title}-{next(self._numbers)}.example"

    def _host(self) -> str:
        host = self._name()
        upstream = self._network.serve(host, self._answer)
        upstream.takes(lambda request: self._seconds.get(request.url.path, 0))
        self.hosts.append(host)
        return host

    def _url(self, host: str, rest: str) -> str:
        return f"{self._random.choice(('http', 'https'))}://{host}{rest}"

    def _answer(self, request: Request) -> Response | BreaksOff:
        path = request.url.path
        whole = f"{path}?{request.url.query}"
        _, port = request.scope["server"]
        names = f"{path} at {port}", whole, path
        answer = next(
            (self._answers[name] for name in names if name in self._answers), 200
        )
        if isinstance(answer, BreaksOff):
            return answer
        if request.method != "GET":
            return Response(status_code=405)
        headers = {"location": "/"} if 300 <= answer <= 399 else {}
        if answer in (429, 503):
            headers["retry-after"] = "60"
        return Response(status_code=answer, headers=headers)


def _answering(url: str, status: int, when: str = "") -> Link:
    error = None if 200 <= status <= 299 else "http"
    return _link(url, f"answers with {status}{when}", error, status)


def _link(url: str, words: str, error: str | None, status: int | None = None) -> Link:
    row = {"url": url, "ok": error is None, "status": status, "error": error}
    return Link(url, words, row)


def respelled(url: str, way: int) -> str:
    """The address of the same page, written in one of four ways: 0 is as it was."""
    parts = urlsplit(url) if url.startswith(("http://", "https://")) else None
    if parts is None or not parts.path:
        return url
    host, port = str(parts.hostname), 443 if parts.scheme == "https" else 80
    ways = (
        parts,
        parts._replace(netloc=host.upper()),
        parts._replace(netloc=f"{host}:{port}"),
        parts._replace(fragment="comments"),
    )
    return ways[way].geturl()


def send(exam: Exam, links: Sequence[Link]) -> Exchange:
    """Send a list of links, and go on at once."""
    return exam.start("POST", "/checks", json={"urls": [link.url for link in links]})


async def checked(exam: Exam, links: Sequence[Link]) -> Reply:
    """The reply to a list of links."""
    return await send(exam, links).reply()

"""Which of the learner's lines answers a request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from graders.proctor.driver.driver import Driver
from graders.proctor.submission.code import Code
from graders.proctor.submission.submission import Submission
from graders.wire import Route, Site


class Lines:
    """Args:
    submission: whose lines they are.
    code: its text as a tree.
    driver: knows the requests.

    Attributes:
        routes: the endpoints of the application, once it is loaded.
    """

    def __init__(self, submission: Submission, code: Code, driver: Driver) -> None:
        self._submission = submission
        self._code = code
        self._driver = driver
        self.routes: list[Route] = []

    @property
    def has_plain_endpoints(self) -> bool:
        """Whether any endpoint is a plain `def`: nobody can end a thread."""
        return any(self.is_plain(route.site) for route in self.routes)

    def serving(self, method: str, target: str) -> Site | None:
        """The endpoint that would serve a request."""
        return endpoint_site(self.routes, method, unquote(urlsplit(target).path))

    def is_plain(self, endpoint: Site | None) -> bool:
        """Whether an endpoint is a plain `def`."""
        return endpoint is not None and self._code.is_plain(endpoint)

    def endpoint(self, exchange_or_run: int) -> Site | None:
        """Where the endpoint is defined that serves a request."""
        exchange = self._driver.exchanges.get(exchange_or_run)
        if exchange is None:
            return None
        return exchange.endpoint or endpoint_site(
            self.routes,
            str(exchange.scope.get("method", "")),
            str(exchange.scope.get("path", "")),
        )

    def answer(self, run: int, path: str = "") -> Site | None:
        """The line that made the answer to a request; else its endpoint.

        Args:
            path: what is meant in the answer's JSON, as `results[3].ok`; the line is
                that of the smallest part around it that is known.
        """
        exchange = self._driver.exchanges.get(run)
        if exchange is None:
            return None
        around = [part for part in exchange.parts if _is_within(path, part.path)]
        if path and around:
            return max(around, key=lambda part: len(part.path)).site
        return exchange.answered_at or self.endpoint(run)

    def line_of(self, site: Site | None) -> str:
        """The text of a line; empty where there is none."""
        return self._submission.line(site.line) if site is not None else ""

    def of_the_tables(self) -> tuple[Site | None, str]:
        """The line that makes the database's tables, or should; and its text."""
        code = self._code
        sites = code.calls("create_tables", "create_all") or code.calls(
            "create_async_engine"
        )
        site = next(iter(sites), None)
        return site, self.line_of(site)


def endpoint_site(routes: Sequence[Route], method: str, path: str) -> Site | None:
    """The endpoint among `routes` that answers `method` and `path`.

    Args:
        method: "" for a WebSocket. A route without methods answers all.
    """
    for route in routes:
        pattern = re.sub(r"\\\{[^}]*:path\\\}", ".*", re.escape(route.path))
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", pattern)
        if route.methods and method not in route.methods:
            continue
        if re.fullmatch(pattern, path):
            return route.site
    return None


def _is_within(path: str, part: str) -> bool:
    return not part or path == part or path.startswith((f"{part}.", f"{part}["))

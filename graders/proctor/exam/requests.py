"""What a suite asks of the submission, and where in its code the answers come from."""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Sequence
from typing import Any

from graders.proctor.driver.driver import (
    Driver,
    Exchange,
    Reply,
    http_scope,
    websocket_scope,
)
from graders.proctor.driver.websocket import WebSocket
from graders.proctor.submission.submission import Submission
from graders.wire import Route, Site


class Requests:
    """Mixed into the exam; the attributes below are the exam's."""

    driver: Driver
    routes: list[Route]
    uploads: list[Exchange]
    _submission: Submission

    def start(
        self,
        method: str,
        target: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Exchange:
        """Send a request and go on at once; `await exchange.reply()` waits for it.

        Args:
            target: path and query.
            json: sent as the body, with its content type.
        """
        headers = dict(headers or {})
        if json is not None:
            body = _as_json(json)
            headers.setdefault("content-type", "application/json")
        if body is not None:
            headers.setdefault("content-length", str(len(body)))
        return self.driver.request(method, target, headers=headers, body=body or b"")

    def upload(self, method: str, target: str) -> Exchange:
        """Send a request whose body is still to come, with `Exchange.feed`.

        Args:
            target: path and query.
        """
        headers = {"transfer-encoding": "chunked"}
        exchange = self.driver.begin(http_scope(method, target, headers))
        self.uploads.append(exchange)
        return exchange

    async def request(self, method: str, target: str, **options: Any) -> Reply:
        """Send a request and wait for the last byte of its response."""
        return await self.start(method, target, **options).reply()

    async def get(self, target: str, **options: Any) -> Reply:
        return await self.request("GET", target, **options)

    async def post(self, target: str, **options: Any) -> Reply:
        return await self.request("POST", target, **options)

    async def put(self, target: str, **options: Any) -> Reply:
        return await self.request("PUT", target, **options)

    async def delete(self, target: str, **options: Any) -> Reply:
        return await self.request("DELETE", target, **options)

    def websocket(
        self,
        target: str,
        *,
        headers: dict[str, str] | None = None,
        subprotocols: Sequence[str] = (),
    ) -> WebSocket:
        """Ask for a WebSocket; `async with` it, or `await` its `accepted()`.

        Args:
            target: path and query.
        """
        scope = websocket_scope(target, headers or {}, subprotocols)
        return WebSocket(self.driver.begin(scope))

    # --- where things are in the learner's code ---------------------------------------

    def endpoint(self, exchange_or_run: int) -> Site | None:
        """Where the endpoint is defined that serves a request."""
        exchange = self.driver.exchanges.get(exchange_or_run)
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
        exchange = self.driver.exchanges.get(run)
        if exchange is None:
            return None
        around = [part for part in exchange.parts if _is_within(path, part.path)]
        if path and around:
            return max(around, key=lambda part: len(part.path)).site
        return exchange.answered_at or self.endpoint(run)

    def line_of(self, site: Site | None) -> str:
        return self._submission.line(site.line) if site is not None else ""


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


def _as_json(value: Any) -> bytes:
    return json_text.dumps(value).encode()

"""Drives the submission's ASGI application, and routes what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit

from graders.proctor.driver.asgi_rules import ProtocolError, rules_for
from graders.proctor.driver.exchange import Exchange
from graders.proctor.driver.reply import Chunk, Event, Reply
from graders.proctor.hosts.turns import Turns
from graders.wire import Begin, Finished, Reached, Send, ToHost
from graders.wire.words import NANO

__all__ = [
    "ASGI",
    "Chunk",
    "Driver",
    "Event",
    "Exchange",
    "ProtocolError",
    "Reply",
    "http_scope",
    "websocket_scope",
]

# What uvicorn's HTTP protocols announce. With 2.4 a disconnect during a streaming
# response is handled in another way, which no server in use offers.
ASGI = {"version": "3.0", "spec_version": "2.3"}


class Driver:
    """Begins runs of the application.

    Args:
        turns: the clock.
        post: says something to the host.
    """

    def __init__(self, turns: Turns, post: Callable[[ToHost], None]) -> None:
        self._turns = turns
        self._post = post
        self._numbers = count(1)
        self.exchanges: dict[int, Exchange] = {}

    def begin(self, scope: dict[str, Any]) -> Exchange:
        """Call the application with a scope of any ASGI type."""
        run = next(self._numbers)
        method, path = scope.get("method"), scope.get("path", "")
        if scope.get("query_string"):
            path += "?" + scope["query_string"].decode("latin-1")
        label = f"{method} {path}" if method else f"{scope['type']} {path}".strip()
        exchange = Exchange(
            run,
            scope,
            self._turns.now / NANO,
            self._turns,
            self._post,
            rules_for(scope, label),
        )
        self.exchanges[run] = exchange
        self._post(Begin(run, scope))
        return exchange

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Exchange:
        """Send an HTTP request with its whole body; the exchange is in progress."""
        exchange = self.begin(http_scope(method, target, headers or {}))
        exchange.feed({"type": "http.request", "body": body, "more_body": False})
        return exchange

    def sent(self, message: Send) -> None:
        exchange = self.exchanges.get(message.run)
        if exchange is not None:
            exchange.sent(message, self._turns.now / NANO)

    def returned(self, message: Finished) -> None:
        exchange = self.exchanges.get(message.run)
        if exchange is not None:
            exchange.returned(message, self._turns.now / NANO)

    def reached(self, message: Reached) -> None:
        exchange = self.exchanges.get(message.run)
        if exchange is not None:
            # Where one application is mounted in another, the innermost comes last.
            exchange.endpoint = message.site

    def check(self) -> None:
        """Look once more at every exchange, also at those that nobody waited for.

        Raises:
            ProtocolError: the application broke the rules of ASGI in one of them.
        """
        for exchange in self.exchanges.values():
            if exchange.error:
                raise ProtocolError(exchange.error, exchange.run)


def http_scope(method: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    """An HTTP scope as uvicorn makes it."""
    return {
        "type": "http",
        "asgi": ASGI,
        "method": method,
        "scheme": "http",
        **_common(target, headers),
    }


def websocket_scope(
    target: str, headers: dict[str, str], subprotocols: Sequence[str]
) -> dict[str, Any]:
    """A WebSocket scope as uvicorn makes it."""
    upgrade = {"connection": "upgrade", "upgrade": "websocket"}
    return {
        "type": "websocket",
        "asgi": {**ASGI, "spec_version": "2.4"},
        "scheme": "ws",
        "subprotocols": list(subprotocols),
        "extensions": {"websocket.http.response": {}},
        **_common(target, {**upgrade, **headers}),
    }


def _common(target: str, headers: dict[str, str]) -> dict[str, Any]:
    url = urlsplit(target)
    path = url.path or "/"
    named = {"host": "kata", **{key.lower(): value for key, value in headers.items()}}
    return {
        "http_version": "1.1",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [[k.encode(), v.encode("latin-1")] for k, v in named.items()],
        "client": ["127.0.0.1", 50_000],
        "server": ["127.0.0.1", 8_000],
    }

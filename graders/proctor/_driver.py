"""Drives the submission's ASGI application and notes when each of its events came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from graders.proctor._clock import Turns
from graders.wire import Abort, Begin, Delivered, Failure, Finished, Send, ToHost

# A response may be as long as a page; more is cut off and told.
MAX_BODY = 2**20

# What uvicorn's HTTP protocols announce. With 2.4 a disconnect during a streaming response
# is handled in another way, which no server in use offers.
ASGI = {"version": "3.0", "spec_version": "2.3"}


class ProtocolError(Exception):
    """The application broke the rules of ASGI; the text says how."""


@dataclass(eq=False)
class Event:
    """Something that the application sent, and when (virtual seconds)."""

    at: float
    message: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """A whole response.

    Attributes:
        request: what was asked, as "GET /path".
        status: the status code; 500 where the application raised before it answered.
        headers: names in lower case.
        began, ended: when the request was sent, and when the last byte came.
        failure: the exception that left the application, if one did.
        run: the number of the request within the exam.
    """

    request: str
    status: int
    headers: dict[str, str]
    body: bytes
    began: float
    ended: float
    run: int
    failure: Failure | None = None

    @property
    def took(self) -> float:
        """Virtual seconds from the request to the last byte."""
        return round(self.ended - self.began, 9)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, strictly: no NaN, no text that is not UTF-8.

        Raises:
            ValueError: it is not JSON.
        """

        def refuse(constant: str) -> Any:
            raise ValueError(f"{constant} is not JSON")

        return json.loads(self.body.decode("utf-8"), parse_constant=refuse)


@dataclass(eq=False)
class Exchange:
    """One call of the application, in progress.

    Attributes:
        events: what the application sent, with times.
        finished: set when the application returned or raised.
        hold_sends: while True, `send` does not return: a client that does not read.
    """

    run: int
    scope: dict[str, Any]
    began: float
    turns: Turns
    post: Callable[[ToHost], None]
    events: list[Event] = field(default_factory=list)
    finished: Finished | None = None
    ended: float | None = None
    hold_sends: bool = False
    on_start: Callable[[], None] | None = None
    _held: int = 0
    _waits: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(
        default_factory=list
    )

    @property
    def label(self) -> str:
        method, path = self.scope.get("method"), self.scope.get("path", "")
        return f"{method} {path}" if method else str(self.scope["type"])

    # --- towards the application ----------------------------------------------------------

    def feed(self, event: dict[str, Any]) -> None:
        """Give `receive()` an event."""
        self.post(Delivered(self.run, event))

    def disconnect(self) -> None:
        """The client goes away."""
        self.feed({"type": "http.disconnect"})

    def cancel(self) -> None:
        """Cancel the application's task, as a server that gives the request up."""
        self.post(Abort(self.run))

    def read_on(self) -> None:
        """End `hold_sends`."""
        self.hold_sends = False
        for _ in range(self._held):
            self.post(Delivered(self.run))
        self._held = 0

    # --- from the application -------------------------------------------------------------

    def sent(self, send: Send, at: float) -> None:
        self.events.append(Event(at, send.event))
        if send.event.get("type") == "http.response.start" and self.on_start:
            self.on_start()
        if self.hold_sends:
            self._held += 1
        else:
            self.post(Delivered(self.run))
        if self._is_last(send.event):
            self.ended = at
            # From here on the client has nothing more to say.
            self.disconnect()
        self._wake()

    def returned(self, finished: Finished, at: float) -> None:
        self.finished = finished
        if self.ended is None:
            self.ended = at
        self._wake()

    @staticmethod
    def _is_last(event: dict[str, Any]) -> bool:
        last_body = event.get("type") == "http.response.body"
        return last_body and not event.get("more_body", False)

    def _wake(self) -> None:
        for condition, wait in list(self._waits):
            if condition() and not wait.done():
                wait.set_result(None)

    # --- waiting --------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on this exchange holds.

        Raises:
            Deadlock: it never will.
            HostEnded: the submission's process is gone.
        """
        while not condition():
            wait = asyncio.get_running_loop().create_future()
            entry = (condition, self.turns.waiting(wait))
            self._waits.append(entry)
            try:
                await wait
            finally:
                self._waits.remove(entry)

    async def reply(self) -> Reply:
        """Wait for the last byte (not for background tasks) and put the response together.

        Raises:
            ProtocolError: what the application sent is no response.
        """
        await self.until(lambda: self.ended is not None)
        if self.response().status == 500:
            # Starlette answers first and lets the exception go on to the server.
            await self.until(lambda: self.finished is not None)
        return self.response()

    def response(self) -> Reply:
        """The response as far as it has come."""
        failure = self.finished.failure if self.finished else None
        starts = [
            event.message
            for event in self.events
            if event.message.get("type") == "http.response.start"
        ]
        bodies = [
            event.message
            for event in self.events
            if event.message.get("type") == "http.response.body"
        ]
        self._check_order()
        status, headers = 500, {}
        if starts:
            status, headers = _status(starts[0]), _headers(starts[0])
        elif failure is None and not (self.finished and self.finished.cancelled):
            raise ProtocolError(f"{self.label} ended without a response.")
        body = b"".join(_bytes(part.get("body", b"")) for part in bodies)
        if len(body) > MAX_BODY:
            raise ProtocolError(f"{self.label}: the response is longer than 1 MB.")
        ended = self.ended if self.ended is not None else self.turns.now / 1e9
        return Reply(
            self.label, status, headers, body, self.began, ended, self.run, failure
        )

    def _check_order(self) -> None:
        for position, event in enumerate(self.events):
            kind = event.message.get("type")
            wanted = "http.response.start" if not position else "http.response.body"
            if kind != wanted:
                raise ProtocolError(
                    f"{self.label}: the application sent {str(kind)[:60]!r} where "
                    f"{wanted!r} belongs."
                )


def _status(event: dict[str, Any]) -> int:
    status = event.get("status")
    if type(status) is not int or not 100 <= status <= 599:
        raise ProtocolError(f"{status!r} is no status code."[:120])
    return status


def _headers(event: dict[str, Any]) -> dict[str, str]:
    headers = {}
    for pair in event.get("headers") or []:
        if not (isinstance(pair, list) and len(pair) == 2):
            raise ProtocolError("a response header is not a pair.")
        name, value = (_bytes(part).decode("latin-1") for part in pair)
        headers[name.lower()] = value
    return headers


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise ProtocolError(f"expected bytes in a response, got {str(value)[:60]!r}.")
    return value


class Driver:
    """Begins runs of the application and routes what comes back.

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
        exchange = Exchange(run, scope, self._turns.now / 1e9, self._turns, self._post)
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
            exchange.sent(message, self._turns.now / 1e9)

    def returned(self, message: Finished) -> None:
        exchange = self.exchanges.get(message.run)
        if exchange is not None:
            exchange.returned(message, self._turns.now / 1e9)


def http_scope(method: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    """An HTTP scope as uvicorn makes it."""
    url = urlsplit(target)
    path = url.path or "/"
    named = {"host": "kata", **{key.lower(): value for key, value in headers.items()}}
    return {
        "type": "http",
        "asgi": ASGI,
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [[k.encode(), v.encode("latin-1")] for k, v in named.items()],
        "client": ["127.0.0.1", 50_000],
        "server": ["127.0.0.1", 8_000],
    }

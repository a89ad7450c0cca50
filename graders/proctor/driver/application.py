"""The submission as an ordinary ASGI application, for the tools that take one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from graders.proctor.driver.driver import ASGI, Driver
from graders.proctor.driver.exchange import Exchange
from graders.proctor.driver.lifespan import LifespanFailed

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]

# What of a scope crosses the wire; `state` is the host's own.
_SCOPE = {
    "type",
    "http_version",
    "method",
    "scheme",
    "path",
    "raw_path",
    "query_string",
    "root_path",
    "headers",
    "client",
    "server",
    "subprotocols",
}


class Application:
    """`app(scope, receive, send)`: every call is a run of the submission.

    As behind a server, an exception that leaves the submission is a 500 to the client.

    Args:
        driver: begins the runs.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Run the submission once.

        Raises:
            LifespanFailed: start-up or shutdown raised.
            ProtocolError: the submission broke the rules of ASGI.
            Deadlock: it waits for what can never happen.
            HostEnded: its process is gone.
        """
        exchange = self._driver.begin(_plain(scope))
        relay: deque[_Message] = deque()
        exchange.relay = relay
        feeder = asyncio.ensure_future(_feed(exchange, receive))
        try:
            while True:
                await exchange.until(
                    lambda: bool(relay) or exchange.finished is not None
                )
                if not relay:
                    break
                await send(_restored(relay.popleft()))
                exchange.let_send_return()
        except asyncio.CancelledError:
            exchange.cancel()
            raise
        finally:
            feeder.cancel()
        await _end(exchange, send)


async def _feed(exchange: Exchange, receive: _Receive) -> None:
    while True:
        event = dict(await receive())
        exchange.feed(event)
        if str(event["type"]).endswith("disconnect"):
            return


async def _end(exchange: Exchange, send: _Send) -> None:
    failure = exchange.failure
    if exchange.scope["type"] == "lifespan":
        if failure is not None:
            kinds = [event.message["type"] for event in exchange.events]
            started = "lifespan.startup.complete" in kinds
            raise LifespanFailed("shutdown" if started else "startup", failure)
    elif exchange.scope["type"] == "http" and not exchange.events:
        # Raises where the application simply forgot to answer.
        exchange.response()
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        start = {"type": "http.response.start", "status": 500, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b"Internal Server Error"})


def _plain(scope: _Message) -> dict[str, Any]:
    """A scope as the wire carries it."""
    plain = {key: value for key, value in scope.items() if key in _SCOPE}
    plain["asgi"] = {**ASGI, **dict(scope.get("asgi") or {})}
    if "headers" in plain:
        plain["headers"] = [[name, value] for name, value in plain["headers"]]
    return plain


def _restored(event: _Message) -> _Message:
    """An event as ASGI has it: header pairs are tuples."""
    if "headers" in event:
        pairs = event["headers"] or []
        return {**event, "headers": [tuple(pair) for pair in pairs]}
    return event

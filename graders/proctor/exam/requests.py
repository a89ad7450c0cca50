"""What a suite asks of the submission."""

from __future__ import annotations

import json as json_text
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


class Requests:
    """Args:
    driver: calls the application.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._uploads: list[Exchange] = []

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
            body = json_text.dumps(json).encode()
            headers.setdefault("content-type", "application/json")
        if body is not None:
            headers.setdefault("content-length", str(len(body)))
        return self._driver.request(method, target, headers=headers, body=body or b"")

    def upload(self, method: str, target: str) -> Exchange:
        """Send a request whose body is still to come, with `Exchange.feed`.

        Args:
            target: path and query.
        """
        headers = {"transfer-encoding": "chunked"}
        exchange = self._driver.begin(http_scope(method, target, headers))
        self._uploads.append(exchange)
        return exchange

    async def request(self, method: str, target: str, **options: Any) -> Reply:
        """Send a request and wait for the last byte of its response.

        Args:
            target: path and query.
            options: as for `start`.
        """
        return await self.start(method, target, **options).reply()

    async def get(self, target: str, **options: Any) -> Reply:
        """Send a GET and wait for the reply; the rest as for `request`."""
        return await self.request("GET", target, **options)

    async def post(self, target: str, **options: Any) -> Reply:
        """Send a POST and wait for the reply; the rest as for `request`."""
        return await self.request("POST", target, **options)

    async def put(self, target: str, **options: Any) -> Reply:
        """Send a PUT and wait for the reply; the rest as for `request`."""
        return await self.request("PUT", target, **options)

    async def delete(self, target: str, **options: Any) -> Reply:
        """Send a DELETE and wait for the reply; the rest as for `request`."""
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
        return WebSocket(self._driver.begin(scope))

    def hold_nothing_back(self) -> None:
        """Let every request come to its end.

        A check that has failed half-way would keep its requests waiting for ever.
        """
        for exchange in self._driver.exchanges.values():
            exchange.read_on()
        for exchange in self._uploads:
            if exchange.ended is None:
                exchange.disconnect()

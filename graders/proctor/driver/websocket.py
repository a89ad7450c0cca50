"""A WebSocket client of the submission."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from graders.proctor.driver.asgi_rules import ProtocolError
from graders.proctor.driver.exchange import Exchange

# Close codes of RFC 6455.
NORMAL = 1000
ABNORMAL = 1006
INTERNAL_ERROR = 1011


class WebSocketClosed(ProtocolError):
    """The application closed the connection, or never accepted it.

    Attributes:
        code: the close code; what a client sees after a crash is 1011.
        reason: the application's words.
        status: the HTTP status, where it was refused before it was accepted.
    """

    def __init__(
        self, label: str, code: int, reason: str = "", status: int | None = None
    ) -> None:
        how = f"code {code}" if status is None else f"status {status}"
        super().__init__(f"{label}: the application closed the connection ({how}).")
        self.code = code
        self.reason = reason
        self.status = status


@dataclass(frozen=True)
class Frame:
    """A message, and when it came (virtual seconds)."""

    at: float
    data: str | bytes


class WebSocket:
    """One connection: sending never waits, receiving does.

    As an async context manager it waits until it is accepted, and closes at the end.

    Args:
        exchange: a run of the application with a WebSocket scope.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._read = 0
        exchange.feed({"type": "websocket.connect"})

    async def __aenter__(self) -> WebSocket:
        await self.accepted()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    # --- towards the application ------------------------------------------------------

    def send_text(self, text: str) -> None:
        self.exchange.feed({"type": "websocket.receive", "text": text})

    def send_bytes(self, data: bytes) -> None:
        self.exchange.feed({"type": "websocket.receive", "bytes": data})

    def send_json(self, value: Any) -> None:
        self.send_text(json.dumps(value))

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close, or leave without a word (`ABNORMAL`). A second time does nothing."""
        if self.exchange.left is None and self.exchange.finished is None:
            self.exchange.disconnect(code=code, reason=reason)

    # --- from the application ---------------------------------------------------------

    @property
    def frames(self) -> list[Frame]:
        """All messages that have come."""
        found = []
        for event in self.exchange.events:
            if event.heard and event.message.get("type") == "websocket.send":
                text = event.message.get("text")
                data = event.message["bytes"] if text is None else text
                found.append(Frame(event.at, data))
        return found

    @property
    def subprotocol(self) -> str | None:
        """What the application has chosen."""
        accept = self._first("websocket.accept")
        return None if accept is None else accept.get("subprotocol")

    async def accepted(self) -> float:
        """Wait until the application accepts; returns when (virtual seconds).

        Raises:
            WebSocketClosed: it refuses.
        """
        await self.exchange.until(
            lambda: self._first("websocket.accept") is not None or self._is_over()
        )
        if self._first("websocket.accept") is None:
            raise self._closed()
        return self.exchange.events[0].at

    async def receive(self) -> Frame:
        """Wait for the next message.

        Raises:
            WebSocketClosed: there is none, because the application has closed.
        """
        await self.exchange.until(
            lambda: len(self.frames) > self._read or self._is_over()
        )
        frames = self.frames
        if len(frames) <= self._read:
            raise self._closed()
        self._read += 1
        return frames[self._read - 1]

    async def receive_text(self) -> str:
        data = (await self.receive()).data
        if not isinstance(data, str):
            raise ProtocolError(f"{self.exchange.label}: bytes came instead of text.")
        return data

    async def receive_bytes(self) -> bytes:
        data = (await self.receive()).data
        if not isinstance(data, bytes):
            raise ProtocolError(f"{self.exchange.label}: text came instead of bytes.")
        return data

    async def receive_json(self) -> Any:
        text = await self.receive_text()
        try:
            return json.loads(text)
        except ValueError as exc:
            label = self.exchange.label
            raise ProtocolError(f"{label}: {text[:60]!r} is no JSON.") from exc

    async def closed(self) -> WebSocketClosed:
        """Wait until the application has closed; returns how, and raises nothing."""
        await self.exchange.until(self._is_over)
        return self._closed()

    # --- how it ended -----------------------------------------------------------------

    def _first(self, kind: str) -> dict[str, Any] | None:
        for event in self.exchange.events:
            if event.heard and event.message.get("type") == kind:
                return event.message
        return None

    def _is_over(self) -> bool:
        return self.exchange.ended is not None

    def _closed(self) -> WebSocketClosed:
        if self.exchange.error:
            raise ProtocolError(self.exchange.error, self.exchange.run)
        label, accepted = self.exchange.label, self._first("websocket.accept")
        denial = self._first("websocket.http.response.start")
        close = self._first("websocket.close")
        if denial is not None:
            return WebSocketClosed(label, ABNORMAL, status=denial["status"])
        if close is not None:
            code, reason = close.get("code", NORMAL), close.get("reason") or ""
            code = code if isinstance(code, int) else NORMAL
            status = None if accepted else 403
            return WebSocketClosed(label, code, str(reason), status)
        # As uvicorn: a crash before the handshake is a 500, and one after it a 1011.
        finished = self.exchange.finished
        crashed = finished is not None and finished.failure is not None
        code = INTERNAL_ERROR if crashed else ABNORMAL
        return WebSocketClosed(label, code, status=None if accepted else 500)

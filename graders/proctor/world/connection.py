"""One connection of the fake network, at the upstream's end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graders.wire import Data, Hangup, Site, ToHost
from graders.wire.words import client_address

Server = Callable[["UpstreamTransport"], asyncio.Protocol]


@dataclass(frozen=True)
class BreaksOff:
    """What a handler returns instead of an answer: the connection ends.

    Attributes:
        sent: what is sent before, as a head without its body.
        reset: the connection is cut off, not closed.
    """

    sent: bytes = b""
    reset: bool = False


@dataclass(eq=False)
class Connection:
    """One connection that the submission opened. Times are virtual seconds.

    Attributes:
        requests: how many requests it has carried.
    """

    host: str
    port: int
    site: Site | None
    closed: float | None = None
    requests: int = 0


class UpstreamTransport(asyncio.Transport):
    """The upstream's end of a connection.

    Args:
        link: the number of the connection.
        connection: what a suite sees of it.
        serve: makes the server at this end.
        post: says something to the host.
        now: virtual seconds.
        on_closed: called once, when it is over.

    Attributes:
        run, lines: of the request that is being received.
    """

    def __init__(
        self,
        link: int,
        connection: Connection,
        serve: Server,
        *,
        post: Callable[[ToHost], None],
        now: Callable[[], float],
        on_closed: Callable[[UpstreamTransport], None],
    ) -> None:
        super().__init__(
            {
                "peername": client_address(link),
                "sockname": ("198.18.0.1", connection.port),
            }
        )
        self.connection = connection
        self.run: int | None = None
        self.lines: list[Site] = []
        self.link = link
        self._post = post
        self._now = now
        self._on_closed = on_closed
        self._closing = False
        self._task: asyncio.Task[Any] | None = None
        self._abandon: Callable[[], None] | None = None
        self.protocol = serve(self)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.protocol = protocol

    def serve(
        self,
        task: asyncio.Task[Any] | None,
        abandon: Callable[[], None] | None,
    ) -> None:
        """Note who serves the request: cancelled, and told, when the client leaves."""
        self._task, self._abandon = task, abandon

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._closing:
            self._post(Data(self.link, bytes(data)))

    def close(self) -> None:
        if not self._closing:
            self._post(Hangup(self.link))
            self._over()

    def abort(self) -> None:
        if not self._closing:
            self._post(Hangup(self.link, reset=True))
            self._over()

    def break_off(self, how: BreaksOff) -> None:
        """End the connection instead of answering a request."""
        self.write(how.sent)
        if how.reset:
            self.abort()
        else:
            self.close()

    def received(self, message: Data) -> None:
        self.run, self.lines = message.run, message.lines
        try:
            self.protocol.data_received(message.data)
        except Exception:
            # Bytes that no client would send.
            self.abort()

    def client_left(self) -> None:
        """The submission closed its end: whatever it was waiting for is off."""
        if self._closing:
            return
        if self._abandon is not None:
            self._abandon()
        task = self._task
        self._over()
        if task is not None:
            # After the server has heard of it, so that it does not try to answer.
            asyncio.get_running_loop().call_soon(task.cancel)

    def _over(self) -> None:
        self._closing = True
        self.connection.closed = self._now()
        self._on_closed(self)
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

"""The proctor's end of the fake network: connections, and a server at each.

uvicorn's own HTTP/1.1 protocol parses what the submission's client sends and writes
what the upstream answers, so both ends of the conversation are real.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from graders.proctor._calls import CallLog
from graders.proctor._upstream import BreaksOff, Connection, Upstream
from graders.wire import Connect, Connected, Data, Hangup, Refused, Site, ToHost

if TYPE_CHECKING:
    from graders.proctor._upstream import Handler

    Server = Callable[["FakeTransport"], asyncio.Protocol]


class FakeTransport(asyncio.Transport):
    """The upstream's end of a connection.

    Attributes:
        run, lines: of the request that is being received.
    """

    def __init__(
        self,
        network: Network,
        link: int,
        connection: Connection,
        upstream: Upstream,
        serve: Server,
    ) -> None:
        super().__init__(
            {
                "peername": ("198.18.255.254", 40_000 + link % 20_000),
                "sockname": ("198.18.0.1", connection.port),
            }
        )
        self.connection = connection
        self.run: int | None = None
        self.lines: list[Site] = []
        self._network = network
        self._link = link
        self._upstream = upstream
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
            self._network.post(Data(self._link, bytes(data)))

    def close(self) -> None:
        if not self._closing:
            self._network.post(Hangup(self._link))
            self._over()

    def abort(self) -> None:
        if not self._closing:
            self._network.post(Hangup(self._link, reset=True))
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
        self.connection.closed = self._network.now()
        self._upstream.closed(self)
        self._network.forget(self._link)
        asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)


class Network:
    """All upstreams and connections of one exam.

    Args:
        log: where requests are written.
        post: says something to the host.
        now: virtual seconds.
    """

    def __init__(
        self, log: CallLog, post: Callable[[ToHost], None], now: Callable[[], float]
    ) -> None:
        self._log = log
        self.post = post
        self.now = now
        self.upstreams: dict[str, Upstream] = {}
        self.connections: list[Connection] = []
        self._transports: dict[int, FakeTransport] = {}
        self._servers: dict[Upstream, Server] = {}

    def serve(self, host: str, handler: Handler) -> Upstream:
        """Put a service at a host name, for `http://` and `https://` alike."""
        upstream = self.upstreams[host] = Upstream(host, self._log, handler)
        return upstream

    def connect(self, message: Connect) -> None:
        """The submission wants a connection."""
        upstream = self.upstreams.get(message.host)
        trouble = upstream.trouble if upstream else "unknown"
        if upstream is not None:
            upstream.attempts.append(self.now())
        elif _is_address(message.host):
            trouble = "refuse"
        if trouble == "refuse":
            self.post(
                Refused(message.link, "ConnectionRefusedError", "Connection refused")
            )
        elif upstream is None or trouble == "unknown":
            self.post(Refused(message.link, "gaierror", "Name or service not known"))
        elif trouble != "stall" and message.link not in self._transports:
            self._accept(message, upstream)

    def _accept(self, message: Connect, upstream: Upstream) -> None:
        connection = Connection(message.host, message.port, self.now(), message.site)
        self.connections.append(connection)
        server = self._servers.get(upstream)
        if server is None:
            server = self._servers[upstream] = _server(upstream)
        transport = FakeTransport(self, message.link, connection, upstream, server)
        self._transports[message.link] = transport
        upstream.opened(transport)
        self.post(Connected(message.link))
        transport.protocol.connection_made(transport)

    def received(self, message: Data | Hangup) -> None:
        """Bytes or the end of a connection arrived from the submission."""
        transport = self._transports.get(message.link)
        if transport is None:
            return
        if isinstance(message, Data):
            transport.received(message)
        else:
            transport.client_left()

    def forget(self, link: int) -> None:
        self._transports.pop(link, None)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _server(upstream: Upstream) -> Server:
    # Imported late: only katas with a network pay for it.
    from uvicorn.config import Config
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.server import ServerState

    config = Config(
        upstream,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        # An upstream that hangs up on its own would blur who closed a connection.
        timeout_keep_alive=86_400,
    )
    # What a submission sends is not the business of whoever runs the grader.
    silent = logging.Logger("upstream", logging.CRITICAL + 1)

    def serve(transport: FakeTransport) -> asyncio.Protocol:
        protocol = H11Protocol(
            config=config,
            server_state=ServerState(),
            app_state={"link": transport},
            _loop=asyncio.get_running_loop(),
        )
        protocol.logger = silent
        return protocol

    return serve

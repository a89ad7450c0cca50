"""The proctor's end of the fake network: connections, and a server at each.

uvicorn's own HTTP/1.1 protocol parses what the submission's client sends and writes
what the upstream answers, so both ends of the conversation are real.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from graders.proctor.world.calls import CallLog
from graders.proctor.world.connection import Connection, Server, UpstreamTransport
from graders.proctor.world.upstream import Upstream
from graders.wire import Connect, Connected, Data, Hangup, Refused, ToHost

if TYPE_CHECKING:
    from graders.proctor.world.upstream import Handler


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
        self._transports: dict[int, UpstreamTransport] = {}
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
        connection = Connection(message.host, message.port, message.site)
        self.connections.append(connection)
        server = self._servers.get(upstream)
        if server is None:
            server = self._servers[upstream] = _server(upstream)

        def closed(transport: UpstreamTransport) -> None:
            upstream.closed(transport)
            self._transports.pop(transport.link, None)

        transport = UpstreamTransport(
            message.link,
            connection,
            server,
            post=self.post,
            now=self.now,
            on_closed=closed,
        )
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

    def serve(transport: UpstreamTransport) -> asyncio.Protocol:
        protocol = H11Protocol(
            config=config,
            server_state=ServerState(),
            app_state={"link": transport},
            _loop=asyncio.get_running_loop(),
        )
        protocol.logger = silent
        return protocol

    return serve

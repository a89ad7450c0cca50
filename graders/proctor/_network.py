"""The proctor's end of the fake network: upstreams are ASGI applications on uvicorn.

uvicorn's own HTTP/1.1 protocol parses what the submission's client sends and writes what
the upstream answers, so both ends of the conversation are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graders.proctor._calls import CallLog, CallRecord, peak
from graders.proctor._services import Gate
from graders.wire import (
    Connect,
    Connected,
    Data,
    Hangup,
    Refused,
    Site,
    ToHost,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    Handler = Callable[[Request], Response]


@dataclass(eq=False)
class Connection:
    """One connection that the submission opened. Times are virtual seconds."""

    host: str
    port: int
    opened: float
    site: Site | None
    closed: float | None = None
    requests: int = 0


class Upstream:
    """A service at the other end of the network, as a suite sees and directs it.

    Args:
        host: its name.
        log: where its requests are written.
        handler: answers a Starlette request with a Starlette response.
    """

    def __init__(self, host: str, log: CallLog, handler: Handler) -> None:
        self.host = host
        self._log = log
        self._handler = handler
        self._seconds: float | Callable[[Request], float] = 0.0
        self._gate: Gate | None = None
        self._trouble = ""
        self.connections: list[Connection] = []

    @property
    def calls(self) -> list[CallRecord]:
        return [call for call in self._log if call.arguments.get("host") == self.host]

    @property
    def peak(self) -> int:
        """How many requests were in flight at once."""
        return peak(self.calls)

    @property
    def open_now(self) -> int:
        """How many connections are open."""
        return sum(item.closed is None for item in self.connections)

    @property
    def peak_connections(self) -> int:
        """How many connections were open at once."""
        return peak(
            CallRecord("", {}, item.opened, ended=item.closed)
            for item in self.connections
        )

    def takes(self, seconds: float | Callable[[Request], float]) -> Upstream:
        """Answer after so many virtual seconds (or as a function of the request)."""
        self._seconds = seconds
        return self

    def answers(self, handler: Handler) -> Upstream:
        self._handler = handler
        return self

    def refuses(self) -> Upstream:
        """Refuse new connections from now on."""
        self._trouble = "refuse"
        return self

    def unknown(self) -> Upstream:
        """Have no address from now on: names do not resolve."""
        self._trouble = "unknown"
        return self

    def unreachable(self) -> Upstream:
        """Never answer a new connection: connecting takes for ever."""
        self._trouble = "stall"
        return self

    def resets(self) -> Upstream:
        """Cut a connection off as soon as a request arrives on it."""
        self._trouble = "reset"
        return self

    def speaks_garbage(self) -> Upstream:
        """Answer with bytes that are no HTTP."""
        self._trouble = "garbage"
        return self

    def recovers(self) -> Upstream:
        self._trouble = ""
        return self

    @contextmanager
    def gate(self) -> Iterator[Gate]:
        """Within the `with` block requests wait at a gate; it opens at the end."""
        gate = self._gate = Gate()
        try:
            yield gate
        finally:
            gate.open()
            self._gate = None

    # --- what the network asks -------------------------------------------------------------

    @property
    def trouble(self) -> str:
        return self._trouble

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from starlette.requests import Request

        request = Request(scope, receive)
        body = await request.body()
        link: FakeTransport | None = scope["state"].get("link")
        record = CallRecord(
            f"{request.method} {request.url.path}",
            {
                "host": self.host,
                "path": request.url.path,
                "query": dict(request.query_params),
                "headers": dict(request.headers),
                "body": body,
            },
            asyncio.get_running_loop().time(),
            site=link.connection.site if link else None,
        )
        self._log.enter(record)
        answer = asyncio.ensure_future(self._answer(request))
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                self._log.leave(record, "cancelled")
                return
            self._log.leave(record, "answered")
            await answer.result()(scope, receive, send)
        finally:
            for task in (answer, gone):
                task.cancel()
            self._log.leave(record, "cancelled")

    async def _answer(self, request: Request) -> Response:
        gate, seconds = self._gate, self._seconds
        if gate is not None:
            await gate.passed()
        delay = seconds(request) if callable(seconds) else seconds
        if delay:
            await asyncio.sleep(delay)
        return self._handler(request)


class FakeTransport(asyncio.Transport):
    """The upstream's end of a connection."""

    def __init__(self, network: Network, link: int, connection: Connection) -> None:
        super().__init__(
            {
                "peername": ("198.18.255.254", 40_000 + link),
                "sockname": ("198.18.0.1", connection.port),
            }
        )
        self._network = network
        self._link = link
        self.connection = connection
        self.protocol: asyncio.Protocol | None = None
        self._closing = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.protocol = protocol

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
            self.lost(None)

    def abort(self) -> None:
        if not self._closing:
            self._network.post(Hangup(self._link, reset=True))
            self.lost(None)

    def lost(self, exc: Exception | None) -> None:
        """The connection is over, from whichever side."""
        if self._closing:
            return
        self._closing = True
        self.connection.closed = self._network.now()
        self._network.forget(self._link)
        if self.protocol is not None:
            protocol = self.protocol
            asyncio.get_running_loop().call_soon(protocol.connection_lost, exc)


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

    def serve(self, host: str, handler: Handler) -> Upstream:
        """Put a service at a host name, for `http://` and `https://` alike."""
        upstream = self.upstreams[host] = Upstream(host, self._log, handler)
        return upstream

    def connect(self, message: Connect) -> None:
        """The submission wants a connection."""
        upstream = self.upstreams.get(message.host)
        trouble = upstream.trouble if upstream else "unknown"
        if upstream is None or trouble == "unknown":
            self.post(Refused(message.link, "gaierror", "Name or service not known"))
        elif trouble == "refuse":
            self.post(
                Refused(message.link, "ConnectionRefusedError", "Connection refused")
            )
        elif trouble != "stall":
            self._accept(message, upstream)

    def _accept(self, message: Connect, upstream: Upstream) -> None:
        connection = Connection(message.host, message.port, self.now(), message.site)
        self.connections.append(connection)
        upstream.connections.append(connection)
        transport = FakeTransport(self, message.link, connection)
        self._transports[message.link] = transport
        if upstream.trouble == "reset":
            transport.protocol = _Resetting(transport)
        elif upstream.trouble == "garbage":
            transport.protocol = _Garbage(transport)
        else:
            transport.protocol = _http_protocol(upstream, transport)
        self.post(Connected(message.link))
        transport.protocol.connection_made(transport)

    def received(self, message: Data | Hangup) -> None:
        """Bytes or the end of a connection arrived from the submission."""
        transport = self._transports.get(message.link)
        if transport is None or transport.protocol is None:
            return
        if isinstance(message, Data):
            transport.connection.requests += 1
            transport.protocol.data_received(message.data)
        else:
            transport.lost(None)

    def forget(self, link: int) -> None:
        self._transports.pop(link, None)


class _Resetting(asyncio.Protocol):
    def __init__(self, transport: FakeTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.abort()


class _Garbage(asyncio.Protocol):
    def __init__(self, transport: FakeTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        self._transport.close()


def _http_protocol(upstream: Upstream, transport: FakeTransport) -> asyncio.Protocol:
    # Imported late: only katas with a network pay for it.
    from uvicorn.config import Config
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.server import ServerState

    config = Config(
        upstream,
        http="h11",
        lifespan="off",
        log_config=None,
        access_log=False,
        # An upstream that hangs up on its own would blur who closed a connection.
        timeout_keep_alive=86_400,
    )
    return H11Protocol(
        config=config,
        server_state=ServerState(),
        app_state={"link": transport},
        _loop=asyncio.get_running_loop(),
    )
